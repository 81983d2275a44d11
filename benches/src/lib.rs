//! What the engine costs.

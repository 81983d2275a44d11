//! Where compiled plugins are kept between runs.

use std::path::{Path, PathBuf};

use engine_host::Cache;

use crate::terminal;

/// The cache for compiled plugins, or why there is none. It must not lie in the tree at `root`, which others write.
/// `ENGINE_CACHE_DIR` names the folder, else the desktop's
/// convention does: `XDG_CACHE_HOME`, else `.cache` at home.
pub(crate) fn open(root: &Path) -> Result<Cache, String> {
    let Some(folder) = folder() else {
        return Err("neither `ENGINE_CACHE_DIR` nor `HOME` is set".to_owned());
    };
    let cache = Cache::open(&folder).map_err(|error| error.to_string())?;
    if cache.lies_in(root) {
        return Err(format!(
            "the cache `{}` lies in what is checked; let `ENGINE_CACHE_DIR` name another folder",
            folder.display()
        ));
    }
    Ok(cache)
}

fn folder() -> Option<PathBuf> {
    let path = |name: &str| terminal::variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    // What is not absolute would be another folder in every directory.
    let absolute = |path: PathBuf| path.is_absolute().then_some(path);
    path("ENGINE_CACHE_DIR")
        .or_else(|| path("XDG_CACHE_HOME").and_then(absolute).map(|cache| cache.join("engine")))
        .or_else(|| path("HOME").and_then(absolute).map(|home| home.join(".cache/engine")))
}

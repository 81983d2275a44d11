// Asks gitlab-ci-local which rule of a job decides: a file of cases in, answers on standard output, both JSON.
import { readFileSync } from "node:fs";

const { Utils } = await import(process.argv[2]);
const cases = JSON.parse(readFileSync(process.argv[3], "utf8"));
const answers = cases.map(({ rules, variables, when, allow_failure, cwd }) => {
  const options = { argv: { evaluateRuleChanges: false }, cwd, rules, variables };
  try {
    const found = Utils.getRulesResult(options, {}, when, allow_failure);
    return { when: found.when, allow_failure: found.allowFailure };
  } catch (error) {
    return { refused: String(error) };
  }
});
process.stdout.write(JSON.stringify(answers));

// Asks gitlab-ci-local which jobs a pipeline has: a file of cases in, answers on standard output, both JSON.
//
// The jobs of a case are made by gitlab-ci-local's own parser. `workflow:rules` it does not evaluate: its function for the
// rules of a job is asked about those of the workflow, and the variables of the rule that decides are put over those of
// the pipeline. That a job lacks one that it needs, it only finds when it is about to run it: it is asked about each job.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [, , program, input, root] = process.argv;
const load = (name) => import(join(program, name));
const { Utils } = await load("utils.js");
const { Argv } = await load("argv.js");
const { Parser } = await load("parser.js");
const { Executor } = await load("executor.js");
const { GitData } = await load("git-data.js");
const { WriteStreamsMock } = await load("write-streams.js");

// Git is asked once for each repository, not for each case.
const once = (owner, name, key) => {
  const ask = owner[name].bind(owner);
  const known = new Map();
  owner[name] = (...args) => {
    const repository = key(args);
    if (!known.has(repository)) known.set(repository, ask(...args));
    return known.get(repository);
  };
};
once(GitData, "init", ([cwd]) => cwd);
once(GitData, "changedFiles", ([branch, cwd]) => `${branch} ${cwd}`);

const answer = async ({ repository, options, pipeline }) => {
  const streams = new WriteStreamsMock();
  const argv = await Argv.build({ ...options, cwd: repository, childPipelineDepth: 0, jsonSchemaValidation: false }, streams);
  const { workflow, ...text } = pipeline;
  if (workflow) {
    const variables = { ...text.variables, ...argv.variable };
    const asked = { argv, cwd: argv.cwd, rules: workflow.rules, variables };
    const decided = Utils.getRulesResult(asked, await GitData.init(argv.cwd, streams), "always");
    if (decided.when === "never") return { jobs: {}, made: false };
    text.variables = { ...text.variables, ...decided.variables };
  }
  writeFileSync(join(argv.cwd, argv.file), JSON.stringify(text));
  const parser = await Parser.create(argv, streams, 0, []);
  const names = parser.jobs.map((job) => job.name);
  const jobs = Object.fromEntries(
    parser.jobs.map((job) => [job.name, { when: job.when, allow_failure: job.allowFailure }]),
  );
  let made = true;
  for (const job of parser.jobs.filter((job) => job.when !== "never")) {
    try {
      Executor.getPastToWaitFor(parser.jobs, parser.stages, job, names);
    } catch (error) {
      if (!String(error).includes("is when:never, but its needed by")) throw error;
      made = false;
    }
  }
  return { jobs, made };
};

process.chdir(root);
const answers = [];
for (const item of JSON.parse(readFileSync(input, "utf8"))) {
  try {
    answers.push(await answer(item));
  } catch (error) {
    answers.push({ refused: String(error) });
  }
}
process.stdout.write(JSON.stringify(answers));

import type { Command } from 'commander';
import type { Encoded, FileFailure } from '../encode/file-encoder.js';
import type { Job } from '../encode/output-paths.js';
import type { GenOptions } from '../gen/plan.js';
import { addBaseOption, parseJobs } from '../options.js';

export function define(program: Command): void {
  const verb = program
    .command('gen')
    .description('the BTF stage of a kernel build: encode, transform, distill, sort, resolve ids, embed')
    .argument('<elf...>', 'a vmlinux, or modules with --base')
    .option('--kernel <version>', 'release that it is for (default: what the first ELF file says)')
    .option('--design <design>', '6.12 or 7.0, in place of what --kernel has')
    .option('--features <list>', 'what to encode, in place of what the build of that kernel asks for')
    .option('--lang-exclude <list>', 'leave out units of these languages', 'rust')
    .option('--distill', 'modules out of tree: give them a base of their own, .BTF.base')
    .option('--in-place', 'put everything into the files; that is the default for modules')
    .option(
      '--out-prefix <prefix>',
      'for one file: write PREFIX.BTF, PREFIX.BTF_ids and PREFIX.BTF.base instead',
    )
    .option('--fatal-warnings', 'refuse names in .BTF_ids that no type has, or several')
    .option('-j, --jobs <n>', 'threads; the bytes are the same with any number', parseJobs)
    .option('--no-cache', 'load the base anew, and do not keep it for the next call')
    .option('--json', 'one JSON document');
  addBaseOption(verb)
    .addHelpText(
      'after',
      `
One call takes the place of pahole, resolve_btfids and objcopy (docs/kernel-build.md). Kernels from 7.0 want types sorted
by name and kfuncs without their implicit arguments; kernels before are left as they were encoded.

Modules get .BTF, .BTF.base and their .BTF_ids in one step. Of a vmlinux without --in-place, ELF.btf.o is written, which
goes into the next link, and ELF.BTF_ids with what belongs into .BTF_ids, as scripts/gen-btf.sh does.

A file that fails is reported with the step and what to do; the others go on. Doing all again changes nothing. Strip after
this, then sign, then compress.

Examples:
  $ btfkit gen vmlinux.unstripped
  $ btfkit gen --base vmlinux $(sed s/o$/ko/ modules.order)
  $ btfkit gen --base /sys/kernel/btf/vmlinux --distill my.ko`,
    )
    .action(run);
}

async function run(inputs: string[], options: GenOptions): Promise<void> {
  const [
    { Reported, Status, say },
    { planGen },
    { encodeMany, encodeOne },
    { ProgressLine },
    { compileLess },
    text,
  ] = await Promise.all([
    import('../exit.js'),
    import('../gen/plan.js'),
    import('../encode/run.js'),
    import('../progress.js'),
    import('../optimizer.js'),
    import('../gen/remedy.js'),
  ]);
  const { jobs, settings, kernel } = planGen(inputs, options);
  compileLess();
  const line = new ProgressLine();
  let results: (Encoded | FileFailure)[];
  try {
    results =
      jobs.length > 1
        ? await encodeMany(jobs, settings, options.jobs, done => line.show(`${done} of ${jobs.length} files`))
        : [
            await encodeOne(jobs[0]!, settings, options.jobs, ({ bytes, allBytes }) =>
              line.show(`${jobs[0]!.input}: ${Math.floor((100 * bytes) / allBytes)} %`),
            ),
          ];
  } finally {
    line.clear();
  }
  let status: number = Status.DONE;
  for (const [i, result] of results.entries()) {
    const { input } = jobs[i]!;
    if ('message' in result) status = Math.max(status, say(text.explained(input, result)));
    else text.tell(input, result);
  }
  if (options.json) {
    const { writeJson } = await import('../output.js');
    const design = settings.finish?.raw ? '7.0' : '6.12';
    writeJson({ kernel: kernel ?? null, design, files: results.map((result, i) => row(jobs[i]!, result)) });
  }
  if (status !== Status.DONE) throw new Reported(status);
}

/** A row of the JSON document. */
function row({ input }: Job, result: Encoded | FileFailure) {
  if ('message' in result) return { input, error: result.message, step: result.step };
  return { input, ...result };
}

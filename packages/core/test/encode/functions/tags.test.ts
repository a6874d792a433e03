import { FormatError } from '@btfkit/core/bytes';
import { describe, expect, test } from 'vitest';
import { signatures } from '../signatures.js';
import { type Answer, answersOf, expectAnswer, objects, ours, recorded } from './answers.js';

describe('tags of functions and parameters', () => {
  const isChanged = ({ object, set }: Answer) =>
    set === 'true_signature' && object.startsWith('tagged.clang19');
  const answers = answersOf('tagged');
  test.each(answers.filter(answer => !isChanged(answer)))('$object, $set', expectAnswer);

  // pahole's keep the numbers that the parameters had in the source, which the kernel refuses where there are fewer left.
  test.each(answers.filter(isChanged))(
    '$object, $set: tags count the parameters that are left',
    async ({ object, set }) => {
      const renumbered = ['0 on FUNC on_changed 0', '1 on FUNC on_changed 1', '2 on FUNC on_changed 2'];
      const mine = signatures(await ours(object, set));
      const theirs = signatures(recorded(object, set));
      expect(theirs.tags).toEqual(expect.arrayContaining(renumbered));
      expect(mine).toEqual({
        ...theirs,
        tags: [
          ...theirs.tags.filter(tag => !renumbered.includes(tag)),
          '1 on FUNC on_changed 0',
          '2 on FUNC on_changed 1',
        ].sort(),
      });
    },
  );
});

describe('kfuncs', () => {
  test.each(answersOf('kfuncs', 'kfuncs_broken'))('$object, $set', expectAnswer);

  const kfuncsOf = async (set: string) => {
    const { tags } = signatures(await ours('kfuncs.gcc12-dw5-x86_64.elf', set));
    return tags.filter(tag => tag.startsWith('bpf_kfunc ')).map(tag => tag.split(' ')[3]);
  };

  test('those of sets that say so', async () => {
    const names = await kfuncsOf('default');
    expect(names).toEqual(expect.arrayContaining(['kf_plain', 'kf_static', 'kf_number__1']));
    for (const other of ['kf_in_other_set', 'kf_outside', 'kf_no_number', 'kf_unexpected', 'kf_unnamed'])
      expect(names).not.toContain(other);
  });

  test('none without the feature', async () => {
    expect(await kfuncsOf('no-decl_tag_kfuncs')).toEqual([]);
    expect(await kfuncsOf('no-decl_tag')).toEqual([]);
  });

  // pahole ends without BTF here; we may do as well as it is possible, but say what is wrong in a line if we do not.
  test.each(objects.filter(name => name.startsWith('kfuncs_broken.')))(
    '%s: BTF, or one line',
    async object => {
      const result = await ours(object, 'attributes').catch((reason: unknown) => reason);
      if (!(result instanceof Error)) return;
      expect(result).toBeInstanceOf(FormatError);
      expect(result.message).not.toContain('\n');
    },
  );
});

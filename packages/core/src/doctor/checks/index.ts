import type { Check } from '../check.js';
import { idsOfOtherFile, severalIds, unresolvedIds } from './btf-ids.js';
import {
  ambiguousRelocation,
  refusedRelocation,
  relocationFailed,
  targetIsFunction,
} from './core-relocations.js';
import { damaged } from './damaged.js';
import { baseNotKnown, notMapped } from './distilled.js';
import { noLayout, oldSharedLibbpf } from './features.js';
import { notSorted, otherFlavour, weakPrototype } from './foreign-blob.js';
import { noResolveBtfids, noVmlinux } from './headers-package.js';
import { crossByteOrder, idsOfOtherBtf, neverResolved, unsortedSet } from './ids-state.js';
import { implicitArguments, untaggedKfuncs } from './kfunc-types.js';
import { cppUnits, rustStructs } from './languages.js';
import { bootFails, mismatchAllowed, moduleMismatch, smallerBase, splitAlone } from './mismatch.js';
import { emptyModuleBtf, noModuleBtf, noSysfsFile } from './module-btf.js';
import { refusedSet, unseenMismatch } from './module-check.js';
import { noDwarf } from './no-dwarf.js';
import {
  inlineBtf,
  noKernelBtf,
  noKernelSpec,
  noModuleFile,
  notInList,
  notPermitted,
} from './no-kernel-btf.js';
import { noSection } from './no-section.js';
import { objcopyLink, objcopyUpdate } from './objcopy.js';
import { noObjectBtf } from './object-btf.js';
import { reducedDwarf, splitDwarf, squeezedDwarf, unspecifiedType } from './odd-dwarf.js';
import { oldBpftool, oldCilium, oldLibbpf, programBtfRefused } from './old-reader.js';
import { otherKernel } from './other-kernel.js';
import { dedupFailed, ltoCrash, manySections, outOfMemory } from './pahole-died.js';
import { noPahole, oldPahole, unsureOrder } from './pahole-version.js';
import { overlappingVariables, zeroSizeSymbol } from './per-cpu.js';
import {
  headerRefused,
  kflagRefused,
  kindRefused,
  noBtfAtAll,
  refusedOtherwise,
  sectionsRefused,
} from './refused.js';
import { refusedByLibbpf } from './refused-by-libbpf.js';
import { noKernelTypes, setWithoutFlag } from './registration.js';
import { repeatedTypedefs } from './repeated-types.js';
import { resolveStopped } from './resolve-stopped.js';
import { noStructOps } from './struct-ops.js';
import { noAttachTarget, noKsymFunction, noKsymVariable, targetInModule } from './targets.js';
import { unknownFlag } from './unknown-flag.js';
import { noBits, rawForElf, vmlinuxHeader } from './wrong-input.js';

/** All checks, in the order of their ids. */
export const CHECKS: readonly Check[] = [
  refusedByLibbpf,
  noSection,
  outOfMemory,
  dedupFailed,
  noPahole,
  oldPahole,
  zeroSizeSymbol,
  overlappingVariables,
  cppUnits,
  unspecifiedType,
  squeezedDwarf,
  splitDwarf,
  ltoCrash,
  manySections,
  objcopyLink,
  reducedDwarf,
  unresolvedIds,
  severalIds,
  idsOfOtherFile,
  noResolveBtfids,
  noVmlinux,
  unsureOrder,
  objcopyUpdate,
  moduleMismatch,
  smallerBase,
  rustStructs,
  kflagRefused,
  headerRefused,
  kindRefused,
  noBtfAtAll,
  sectionsRefused,
  mismatchAllowed,
  noKernelTypes,
  setWithoutFlag,
  notMapped,
  baseNotKnown,
  bootFails,
  emptyModuleBtf,
  noModuleBtf,
  splitAlone,
  noKernelBtf,
  oldLibbpf,
  oldCilium,
  rawForElf,
  noKernelSpec,
  noModuleFile,
  notPermitted,
  relocationFailed,
  ambiguousRelocation,
  targetIsFunction,
  implicitArguments,
  noKsymFunction,
  noKsymVariable,
  noAttachTarget,
  targetInModule,
  oldBpftool,
  vmlinuxHeader,
  untaggedKfuncs,
  programBtfRefused,
  noBits,
  otherFlavour,
  weakPrototype,
  notInList,
  notSorted,
  inlineBtf,
  noLayout,
  oldSharedLibbpf,
  refusedOtherwise,
  unseenMismatch,
  refusedSet,
  refusedRelocation,
  neverResolved,
  unsortedSet,
  crossByteOrder,
  repeatedTypedefs,
  damaged,
  noObjectBtf,
  noStructOps,
  unknownFlag,
  noDwarf,
  resolveStopped,
  otherKernel,
  noSysfsFile,
  idsOfOtherBtf,
];

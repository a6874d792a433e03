/**
 * Symptoms of broken BTF: recognised in logs and in files, with cause, proof and remedy.
 *
 * ```ts
 * import { Diagnosis, emptyScene, LogReader, messageTable } from '@btfkit/core/doctor';
 *
 * const diagnosis = new Diagnosis();
 * const reader = new LogReader(messageTable(), sighting => diagnosis.hear('build.log', sighting));
 * reader.feed(new TextEncoder().encode('FAILED: load BTF from vmlinux: Unknown error -22\n'));
 * reader.end();
 * diagnosis.endLog();
 * const [finding] = diagnosis.findings(emptyScene());
 * finding.id; // => 'S01'
 * finding.causes.length; // => 5
 * finding.seen[0].where; // => 'build.log:1'
 * ```
 */
export type { Cause, Check, CheckText, Proof, Severity, Stage } from './check.js';
export { CHECKS } from './checks/index.js';
export { type KernelConfig, looksLikeConfig, parseConfig } from './config.js';
export { Diagnosis, messageTable } from './diagnose.js';
export type { Finding, RankedCause, Seen } from './finding.js';
export { type GateCase, type GateOptions, gateModule, gateReproducible, gateVmlinux } from './gate.js';
export { junitXml } from './junit.js';
export { LogReader, MessageTable, type Sighting } from './log/reader.js';
export { emptyScene, type Known, knownFromConfig, type Scene, type TextFile } from './scene.js';
export { openSubject, Subject, type SubjectKind } from './subject.js';

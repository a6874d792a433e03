/** What converting did to a blob, by kind of change; in the order in which it is told. */
export const LOSSES = {
  header: 'header fields that the release does not know: left out',
  layout: 'layout section: left out',
  unknown:
    'types of kinds that the release does not know and that have no stand-in: each an INT of one byte now',
  func: 'FUNC: each a TYPEDEF now',
  prototype: 'FUNC_PROTO: each an ENUM now, its parameters enumerators with their types as values',
  parameter: 'parameters without a name: left out of those ENUMs',
  variable: 'VAR: each an INT of one byte now',
  section: 'DATASEC: each a STRUCT now, its variables members',
  float: 'FLOAT: each a STRUCT of its size now, without name and members',
  wideInt: 'INT of more than 64 bits: each a STRUCT of its size now, without name and members',
  declTag: 'DECL_TAG: each an INT of one byte now',
  declAttribute: 'DECL_TAG that is an attribute (kflag): each an INT of one byte now',
  typeTag: 'TYPE_TAG: each a CONST now',
  typeAttribute: 'TYPE_TAG that is an attribute (kflag): each a CONST now',
  lateTag: 'TYPE_TAG behind other modifiers: each a CONST now',
  enum64: 'ENUM64: each a UNION now, its enumerators members without their values',
  enumSize: 'ENUM of a size that the release does not take: each a UNION now, its enumerators members',
  bitFieldEnum: 'ENUM or ENUM64 that bit fields are of: each an INT now',
  sign: 'signed ENUM: kflag cleared',
  linkage: 'FUNC with a linkage: static now',
  structFlag: 'STRUCT or UNION with kflag: without it now',
  bitField: 'bit fields: each of an INT of so many bits now, in a struct without kflag',
  forwardUnion: 'FWD of a union: of a struct now',
  entries: 'members, enumerators, parameters or variables beyond the 65,535th of a type: left out',
  dots: 'names with a dot: an underscore is in its place now',
  sectionName:
    'names of sections with characters that the release does not take: underscores are in their place now',
  length: 'names that are too long: cut',
} as const;

export type LossName = keyof typeof LOSSES;

/** So many changes of one kind. */
export interface Loss {
  readonly name: LossName;
  readonly count: number;
}

/** Counts changes by their kind. */
export class LossCounter {
  private readonly counts = new Map<LossName, number>();

  add(name: LossName, count = 1): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + count);
  }

  take(): Loss[] {
    return (Object.keys(LOSSES) as LossName[])
      .filter(name => this.counts.has(name))
      .map(name => ({ name, count: this.counts.get(name)! }));
  }
}

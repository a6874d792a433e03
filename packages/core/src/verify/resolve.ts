import { Kind, kflagOf, vlenOf } from '../btf/kinds.js';
import { Errno } from './breach.js';
import { isRegularInt, Member, MemberCheck } from './members.js';
import { checkFunc, PrototypeCheck } from './prototypes.js';
import type { Verifier } from './verifier.js';
import { DEEPEST, hasNoSize, isIn, kindSet, MODIFIERS, SOURCE_ONLY, Walk } from './walk.js';

const { ARRAY, STRUCT, UNION, FWD, TYPEDEF, FUNC, FUNC_PROTO, VAR, DATASEC, DECL_TAG } = Kind;

/** What a reference may end at although it has no size. */
const SIZELESS_ENDS = kindSet(Kind.UNKN, FWD, FUNC_PROTO);

/**
 * The second phase, for the BTF of programs: every reference leads to a type that can stand there, nothing contains
 * itself, and no walk is deeper than 32 (btf_check_all_types). Throws Breach.
 */
export class ResolveCheck {
  private readonly verifier: Verifier;
  private readonly words: Uint32Array;
  private readonly walk: Walk;
  private readonly members: MemberCheck;
  private readonly prototypes: PrototypeCheck;

  constructor(verifier: Verifier) {
    this.verifier = verifier;
    this.words = verifier.btf.words;
    this.walk = new Walk(verifier);
    this.members = new MemberCheck(verifier, this.walk);
    this.prototypes = new PrototypeCheck(verifier, this.walk, id => this.resolve(id));
  }

  run(): void {
    const { verifier, walk } = this;
    verifier.resolving = true;
    for (let id = 1; id < walk.end; id++) {
      verifier.typeId = id;
      const kind = walk.kinds[id]!;
      if (walk.isToWalk(id)) this.resolve(id);
      if (kind === FUNC_PROTO) this.prototypes.check(id);
      else if (kind === FUNC && !verifier.rules.funcResolved) checkFunc(verifier, walk, id);
    }
  }

  private refuse(id: number, problem: string, word = 0): never {
    const at = this.walk.records[id]!;
    return this.verifier.refuseType(at, problem, at + word);
  }

  /** btf_resolve: the walk from one type. */
  private resolve(id: number): void {
    const { verifier, walk } = this;
    const before = verifier.typeId;
    walk.start(id);
    while (walk.top !== 0 && walk.failed === 0) {
      verifier.typeId = walk.top;
      this.step(walk.top);
    }
    verifier.typeId = id;
    const at = walk.records[id]!;
    if (walk.failed === Errno.E2BIG) {
      verifier.refuseType(at, `Exceeded max resolving depth:${DEEPEST}`, at, Errno.E2BIG);
    }
    if (walk.failed !== 0) verifier.refuseType(at, 'Loop detected', at, walk.failed);
    if (!this.isSound(id)) this.refuse(id, 'Invalid resolve state');
    verifier.typeId = before;
  }

  private step(id: number): void {
    switch (this.walk.kinds[id]) {
      case ARRAY:
        this.array(id);
        break;
      case STRUCT:
      case UNION:
        this.struct(id);
        break;
      case DATASEC:
        this.section(id);
        break;
      case DECL_TAG:
        this.declTag(id);
        break;
      case FUNC:
        checkFunc(this.verifier, this.walk, id);
        this.walk.pop(this.words[this.walk.records[id]! + 2]!, 0);
        break;
      default:
        this.reference(id);
    }
  }

  /** Modifiers, pointers, variables (btf_modifier_resolve, btf_ptr_resolve, btf_var_resolve). */
  private reference(id: number): void {
    const { walk } = this;
    const kind = walk.kinds[id]!;
    const next = this.words[walk.records[id]! + 2]!;
    if (!walk.exists(next) || isIn(SOURCE_ONLY, walk.kinds[next]!)) this.refuse(id, 'Invalid type_id', 2);
    const open = walk.isOpen(next) ? next : isIn(MODIFIERS, kind) ? 0 : walk.openPointerBehind(next);
    if (open !== 0) {
      walk.push(open);
      return;
    }
    let end = walk.sizedId(next);
    const isKept = !this.verifier.rules.sizesAfresh && end >= 0 && kind !== Kind.PTR;
    const size = isKept ? walk.sizeBehind(next, end) : 0;
    if (end < 0) {
      end = walk.isResolved(next) ? walk.resolvedId(next) : next;
      if (kind === VAR || !isIn(SIZELESS_ENDS, walk.kinds[end]!)) this.refuse(id, 'Invalid type_id', 2);
    }
    walk.pop(end, size);
  }

  private array(id: number): void {
    const { walk, words } = this;
    const at = walk.records[id]!;
    const index = words[at + 4]!;
    if (!this.canBePart(index)) this.refuse(id, 'Invalid index', 4);
    if (walk.isOpen(index)) {
      walk.push(index);
      return;
    }
    const indexType = walk.sizedId(index);
    if (indexType < 0 || !this.isInt(indexType) || !this.isRegular(indexType)) {
      this.refuse(id, 'Invalid index', 4);
    }
    const element = words[at + 3]!;
    if (!this.canBePart(element)) this.refuse(id, 'Invalid elem', 3);
    if (walk.isOpen(element)) {
      walk.push(element);
      return;
    }
    const elementType = walk.sizedId(element);
    if (elementType < 0) this.refuse(id, 'Invalid elem', 3);
    if (this.isInt(elementType) && !this.isRegular(elementType)) this.refuse(id, 'Invalid array of int', 3);
    const count = words[at + 5]!;
    const size = walk.sizeBehind(element, elementType);
    if (count !== 0 && size > Math.floor(0xffffffff / count)) {
      this.refuse(id, 'Array size overflows U32_MAX', 5);
    }
    walk.pop(elementType, size * count);
  }

  /** A type that there is, with a size once it is resolved. */
  private canBePart(id: number): boolean {
    const kind = this.walk.kinds[id]!;
    return this.walk.exists(id) && !hasNoSize(kind) && !isIn(SOURCE_ONLY, kind);
  }

  private isInt(id: number): boolean {
    return this.walk.kinds[id] === Kind.INT;
  }

  private isRegular(id: number): boolean {
    return isRegularInt(this.words[this.walk.records[id]! + 3]!);
  }

  private struct(id: number): void {
    const { walk, words, members } = this;
    const at = walk.records[id]!;
    const count = vlenOf(words[at + 1]!);
    const from = walk.member;
    const member = new Member(at, kflagOf(words[at + 1]!));
    // The member that the walk came back from has a size now.
    if (from > 0) members.checkAgain(member.read(words, from - 1));
    for (let i = from; i < count; i++) {
      const type = words[at + 4 + 3 * i]!;
      member.read(words, i);
      if (!this.canBePart(type)) members.refuse(member, 'Invalid member', 1);
      if (walk.isOpen(type)) {
        walk.pushMember(type, i);
        return;
      }
      members.check(member);
    }
    walk.pop(0, 0);
  }

  private section(id: number): void {
    const { walk, words } = this;
    const at = walk.records[id]!;
    const count = vlenOf(words[at + 1]!);
    if (this.verifier.rules.sectionsAfresh) walk.findAnything();
    for (let i = walk.member; i < count; i++) {
      const row = at + 3 + 3 * i;
      const variable = words[row]!;
      if (!walk.exists(variable) || walk.kinds[variable] !== VAR) {
        this.refuseVariable(at, row, 'Not a VAR kind member', 0);
      }
      if (walk.isOpen(variable)) {
        walk.pushMember(variable, i);
        return;
      }
      const type = words[walk.records[variable]! + 2]!;
      const end = walk.sizedId(type);
      if (end < 0) this.refuseVariable(at, row, 'Invalid type', 0);
      if (words[row + 2]! < walk.sizeBehind(type, end)) this.refuseVariable(at, row, 'Invalid size', 2);
    }
    walk.pop(0, 0);
  }

  private refuseVariable(at: number, row: number, problem: string, word: number): never {
    this.verifier.logVariable(at, row, problem);
    return this.verifier.breach(at, problem, row + word);
  }

  private declTag(id: number): void {
    const { walk, words } = this;
    const at = walk.records[id]!;
    const next = words[at + 2]!;
    const kind = walk.exists(next) ? walk.kinds[next]! : 0;
    const isStruct = kind === STRUCT || kind === UNION;
    if (!isStruct && kind !== TYPEDEF && kind !== FUNC && kind !== VAR) this.refuse(id, 'Invalid type_id', 2);
    if (walk.isOpen(next)) {
      walk.push(next);
      return;
    }
    const component = words[at + 3]!;
    if (component !== 0xffffffff) {
      const parts = isStruct ? next : kind === FUNC ? words[walk.records[next]! + 2]! : 0;
      if (parts === 0 || component >= vlenOf(words[walk.records[parts]! + 1]!)) {
        this.refuse(id, 'Invalid component_idx', 3);
      }
    }
    walk.pop(next, 0);
  }

  /** btf_resolve_valid */
  private isSound(id: number): boolean {
    const { walk, words } = this;
    if (!walk.isResolved(id)) return false;
    const kind = walk.kinds[id]!;
    const resolved = walk.resolvedId(id);
    const size = walk.resolvedSize(id);
    if (kind === STRUCT || kind === UNION || kind === DATASEC) return resolved === 0 && size === 0;
    if (kind === DECL_TAG || kind === FUNC) return resolved !== 0 && size === 0;
    if (kind === ARRAY) {
      const at = walk.records[id]!;
      const element = words[at + 3]!;
      const end = walk.sizedId(element);
      return end >= 0 && Math.imul(words[at + 5]!, walk.sizeBehind(element, end)) >>> 0 === size;
    }
    return !isIn(MODIFIERS | kindSet(VAR, DATASEC), walk.kinds[resolved]!);
  }
}

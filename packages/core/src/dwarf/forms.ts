import { FormatError } from '../bytes/index.js';
import { Form } from './constants.js';

/** What the byte length of a form depends on (section 7.4): taken from the unit's header. */
export interface Encoding {
  readonly version: number;
  /** 4, or 8 in the 64-bit format. */
  readonly offsetSize: number;
  readonly addressSize: number;
}

/** How to step over a value whose length is in its bytes. Negative, so that one column holds sizes and steps. */
export const Step = {
  string: -1,
  leb: -2,
  block1: -3,
  block2: -4,
  block4: -5,
  block: -6,
  indirect: -7,
} as const;

/** Bytes that a form takes, or a Step. Throws FormatError for a form that DWARF 2 to 5 and GNU do not have. */
export function formSize(form: number, encoding: Encoding): number {
  switch (form) {
    case Form.flag_present:
    case Form.implicit_const:
      return 0;
    case Form.data1:
    case Form.ref1:
    case Form.flag:
    case Form.strx1:
    case Form.addrx1:
      return 1;
    case Form.data2:
    case Form.ref2:
    case Form.strx2:
    case Form.addrx2:
      return 2;
    case Form.strx3:
    case Form.addrx3:
      return 3;
    case Form.data4:
    case Form.ref4:
    case Form.strx4:
    case Form.addrx4:
    case Form.ref_sup4:
      return 4;
    case Form.data8:
    case Form.ref8:
    case Form.ref_sig8:
    case Form.ref_sup8:
      return 8;
    case Form.data16:
      return 16;
    case Form.addr:
      return encoding.addressSize;
    case Form.ref_addr:
      // DWARF 2 gave it the size of an address.
      return encoding.version <= 2 ? encoding.addressSize : encoding.offsetSize;
    case Form.strp:
    case Form.line_strp:
    case Form.sec_offset:
    case Form.strp_sup:
    case Form.GNU_ref_alt:
    case Form.GNU_strp_alt:
      return encoding.offsetSize;
    case Form.string:
      return Step.string;
    case Form.block1:
      return Step.block1;
    case Form.block2:
      return Step.block2;
    case Form.block4:
      return Step.block4;
    case Form.block:
    case Form.exprloc:
      return Step.block;
    case Form.sdata:
    case Form.udata:
    case Form.ref_udata:
    case Form.strx:
    case Form.addrx:
    case Form.loclistx:
    case Form.rnglistx:
    case Form.GNU_addr_index:
    case Form.GNU_str_index:
      return Step.leb;
    case Form.indirect:
      return Step.indirect;
    default:
      throw new FormatError(`unknown attribute form 0x${form.toString(16)}`);
  }
}

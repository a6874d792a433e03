/**
 * Random types for comparing layouts, the same for the same seed: structs and unions with bitfields, gaps, overlaps,
 * attributes, types without names, function pointers and all that refers to types. What is built is sound BTF, but
 * often nothing that a compiler would make.
 */
export function addRandomTypes(builder, seed, count) {
  let state = seed >>> 0;
  const random = below => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const chance = percent => random(100) < percent;
  const pick = list => list[random(list.length)];

  /** [id, bytes, whether bitfields can be of it], by value. */
  const values = [];
  /** Ids of all that a pointer may point to. */
  const targets = [0];
  const add = (type, size, isScalar = false) => {
    const id = builder.add(type);
    if (size !== undefined) values.push([id, size, isScalar]);
    targets.push(id);
    return id;
  };
  const int = (name, size, encoding = 0) =>
    add({ kind: 'INT', name, size, encoding, bitOffset: 0, bits: size * 8 }, size, true);
  int('long int', 8, 1);
  int('int', 4, 1);
  int('unsigned char', 1);
  int('short unsigned int', 2);
  int('_Bool', 1, 4);
  int('__int128', 16, 1);
  add({ kind: 'FLOAT', name: 'double', size: 8 }, 8);
  add({ kind: 'FWD', name: 'elsewhere', target: 'struct' });
  add({ kind: 'FWD', name: 'elsewhere_too', target: 'union' });

  let names = 0;
  const name = () => `n${names++}${chance(5) ? '_with_a_rather_long_name' : ''}`;
  const maybeName = () => (chance(25) ? '' : name());

  const prototype = () => {
    const params = Array.from({ length: random(4) }, () => ({
      name: chance(50) ? '' : name(),
      type: pick(targets.slice(1)),
    }));
    if (chance(20)) params.push({ name: '', type: 0 });
    return builder.add({ kind: 'FUNC_PROTO', name: '', returns: pick(targets), params });
  };

  const composite = () => {
    const kind = chance(25) ? 'UNION' : 'STRUCT';
    const kflag = chance(70);
    const members = [];
    let at = 0;
    let most = 1;
    const length = chance(4) ? 0 : 1 + random(chance(10) ? 30 : 7);
    for (let i = 0; i < length; i++) {
      const [type, size, isScalar] = pick(values);
      const bits = size * 8;
      const asBits = kflag && isScalar && size <= 16 && chance(35);
      const bitfieldSize = asBits ? 1 + random(Math.min(bits, 64)) : 0;
      if (!asBits || chance(20)) {
        const align = chance(85) ? Math.min(8, size || 1) : 1;
        at = Math.ceil(at / 8 / align) * align * 8;
        if (chance(10)) at += pick([1, 2, 4, 8, 16, 40, 64]) * 8;
        if (chance(3)) at = Math.ceil(at / 512) * 512;
      } else if (chance(15)) at += random(9);
      else if (Math.floor(at / bits) !== Math.floor((at + bitfieldSize - 1) / bits) && chance(90))
        at = Math.ceil(at / bits) * bits;
      if (chance(2)) at = Math.max(0, at - 16);
      const offset = kind === 'UNION' && chance(97) ? 0 : at;
      members.push({ name: chance(8) ? '' : name(), type, bitOffset: offset, bitfieldSize });
      const end = offset + (asBits ? bitfieldSize : bits);
      if (kind === 'STRUCT') at = end;
      else at = Math.max(at, end);
      most = Math.max(most, Math.min(8, size));
    }
    let size = Math.ceil(at / 8);
    if (chance(85)) size = Math.ceil(size / most) * most;
    if (chance(8)) size += pick([1, 4, 8, 60]);
    // Past 64 KiB pahole's rules for moving members are nonsense, or never end.
    if (size > 30_000) return;
    add({ kind, name: maybeName(), size, kflag, members }, size);
  };

  for (let i = 0; i < count; i++) {
    const what = random(100);
    const [type, size] = pick(values.slice(-60));
    if (what < 55) composite();
    else if (what < 62) {
      const length = chance(25) ? 0 : 1 + random(5);
      if (length * size < 4096)
        add({ kind: 'ARRAY', name: '', element: type, index: 2, length }, length * size);
    } else if (what < 72) add({ kind: 'PTR', name: '', type: pick(targets.slice(-60)) }, 8);
    else if (what < 79) add({ kind: 'TYPEDEF', name: name(), type }, size);
    else if (what < 82) add({ kind: 'TYPEDEF', name: name(), type: pick(targets) });
    else if (what < 87) add({ kind: pick(['CONST', 'VOLATILE', 'RESTRICT']), name: '', type }, size);
    else if (what < 90) targets.push(builder.add({ kind: 'CONST', name: '', type: pick(targets) }));
    else if (what < 93)
      targets.push(builder.add({ kind: 'TYPE_TAG', name: 'user', type: pick(targets), attribute: false }));
    else if (what < 96) {
      const proto = prototype();
      targets.push(proto);
      add({ kind: 'PTR', name: '', type: proto }, 8);
      if (chance(30)) {
        const func = builder.add({ kind: 'FUNC', name: name(), type: proto, linkage: 1 });
        builder.add({
          kind: 'DECL_TAG',
          name: 'tagged',
          type: func,
          component: chance(50) ? 0 : -1,
          attribute: false,
        });
      }
    } else {
      const enumSize = pick([4, 4, 4, 1, 2, 8]);
      const kind = enumSize === 8 ? 'ENUM64' : 'ENUM';
      const signed = chance(30);
      const raw = Array.from({ length: random(4) }, () => random(1000) - (signed ? 500 : 0));
      const entries = raw.map(value => ({ name: name(), value: kind === 'ENUM' ? value : BigInt(value) }));
      add({ kind, name: maybeName(), size: enumSize, signed, values: entries }, enumSize, true);
    }
  }
}

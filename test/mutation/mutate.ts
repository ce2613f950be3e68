/** Values at which counts and lengths go wrong. */
const EDGES = [
  0, 1, 2, 7, 8, 9, 127, 128, 252, 253, 254, 255, 256, 32767, 32768, 65535, 65536, 0x7fffffff, 0x80000000, 0xffffffff,
]

/** What means something to a reader of text, and what most often is not looked for in it. */
const TEXT_EDGES = [
  ...['"', '""', ',', ';', '\t', '\n', '\r', '\r\n', '\n\n', ':', '.', '-', 'e', 'E9', '{', '}', '[', ']', '\\', '\\u'],
  ...[
    '\0',
    ' ',
    'null',
    'true',
    '-1',
    '1e999',
    '1.70070052E8',
    '99999999999999999999',
    '\uFEFF',
    '\u2028',
    '__proto__',
  ],
  ...['\x1b[31m', '"a"b', '\ud83d\ude00', '=1+1', 'Q1P', '<', '&#0;', '&amp;', ']]>'],
]

/** Values that a definition does not expect at most places. */
const VALUE_EDGES = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  '',
  'Q1',
  'unknown',
  '../x',
  '7:Q1',
  '__proto__',
  [],
  {},
  [1],
]

/** Gives a whole number from 0 up to (not with) a limit. */
type Below = (limit: number) => number

function belowOf(random: () => number): Below {
  return (limit) => Math.floor(random() * limit)
}

/** A copy of a file with one to three random changes: bits, bytes, numbers, cuts, repeats. */
export function mutateBytes(file: Buffer, random: () => number): Buffer {
  let bytes = Buffer.from(file)
  const below = belowOf(random)
  for (let changes = 1 + below(3); changes > 0; changes--) {
    if (bytes.length < 16) return bytes
    const at = below(bytes.length)
    const kind = below(10)
    if (kind < 3) {
      bytes[at] ^= 1 << below(8)
    } else if (kind < 5) {
      bytes[at] = below(3) === 0 ? below(256) : EDGES[below(12)]
    } else if (kind < 7) {
      const value = EDGES[below(EDGES.length)]
      const place = Math.min(at, bytes.length - 4)
      if (below(2) === 0) bytes.writeUInt32LE(value, place)
      else bytes.writeUInt32BE(value, place)
    } else if (kind === 7) {
      bytes = bytes.subarray(0, at)
    } else {
      const length = 1 + below(Math.min(64, bytes.length - at))
      const end = at + length
      // Kind 8 takes a piece out, 9 puts it in twice.
      bytes = Buffer.concat([bytes.subarray(0, kind === 8 ? at : end), bytes.subarray(kind === 8 ? end : at)])
    }
  }
  return bytes
}

/** A copy of a text with one to three random changes, most of them of what means something to a reader of text. */
export function mutateText(file: Buffer, random: () => number): Buffer {
  let bytes: Buffer = Buffer.from(file)
  const below = belowOf(random)
  for (let changes = 1 + below(3); changes > 0; changes--) {
    const kind = below(8)
    if (kind === 0) bytes = mutateBytes(bytes, random)
    else {
      const at = below(bytes.length + 1)
      // A line ends more often than it is cut in two.
      const place = kind < 3 ? bytes.indexOf(0x0a, at) + 1 : at
      const removed = below(3) === 0 ? below(12) : 0
      const added = TEXT_EDGES[below(TEXT_EDGES.length)].repeat(below(40) === 0 ? 1 + below(20_000) : 1)
      bytes = Buffer.concat([bytes.subarray(0, place), Buffer.from(added), bytes.subarray(place + removed)])
    }
  }
  return bytes
}

/** A copy of a file of JSON that is still JSON, with one to three values or keys of it changed, removed or moved. */
export function mutateJson(file: Buffer, random: () => number): Buffer {
  const below = belowOf(random)
  const tree: unknown = JSON.parse(file.toString())
  for (let changes = 1 + below(3); changes > 0; changes--) changeOne(tree, below)
  return Buffer.from(JSON.stringify(tree, null, 1))
}

function changeOne(tree: unknown, below: Below): void {
  const holders: object[] = []
  collectHolders(tree, holders)
  const holder = holders[below(holders.length)]
  const keys = Object.keys(holder)
  const key = keys[below(keys.length)]
  const other = holders[below(holders.length)]
  const kind = below(6)
  const value = VALUE_EDGES[below(VALUE_EDGES.length)]
  if (kind === 0) Reflect.deleteProperty(holder, key)
  else if (kind === 1)
    Reflect.set(holder, Array.isArray(holder) ? String(holder.length) : TEXT_EDGES[below(TEXT_EDGES.length)], value)
  else if (kind === 2) {
    // Another place's value; as a copy, so that the tree stays one.
    const foreign: unknown = Reflect.get(other, Object.keys(other)[below(Object.keys(other).length)])
    Reflect.set(holder, key, structuredClone(foreign))
  } else if (kind === 3) {
    const own: unknown = Reflect.get(holder, key)
    Reflect.set(
      holder,
      key,
      typeof own === 'number' ? own + below(7) - 3 : `${JSON.stringify(own)}`.slice(0, below(80)),
    )
  } else Reflect.set(holder, key, structuredClone(value))
}

/** All objects and arrays of a tree that hold something. */
function collectHolders(tree: unknown, found: object[]): void {
  if (typeof tree !== 'object' || tree === null) return
  const values = Object.values(tree)
  if (values.length > 0) found.push(tree)
  for (const value of values) collectHolders(value, found)
}

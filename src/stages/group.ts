import { nullValue } from '../batch/respondent-batch.js'

/** Respondents told apart by one variable: a category's labels, or a quantity's own numbers. */
export interface GroupOptions {
  name: string
  /** Which of a batch's columns of codes. */
  column: number
  /** Labels of a category's groups; empty for a quantity, whose groups are its numbers. */
  labels: string[]
  /** Code -> index of its label. */
  codes: [number, number][]
}

/** In place of a group: the respondent is in none, since the value is missing. */
export const noGroup = -1

/** The groups of codes from 0 up to this are looked up in an array. */
const denseCodes = 1 << 10

/**
 * Gives the group of a code: the index of its label, or the quantity itself; `noGroup` where it is missing. A code of a
 * category that has no label is a group too, behind the labels.
 */
export function groupReader({ labels, codes }: GroupOptions): (code: number) => number {
  if (labels.length === 0) return (code) => (code === nullValue ? noGroup : code)
  const groups = new Map(codes)
  const dense = Int32Array.from({ length: denseCodes }, (_, code) => groups.get(code) ?? labels.length + code)
  return (code) => {
    if (code >= 0 && code < denseCodes) return dense[code]
    return code === nullValue ? noGroup : (groups.get(code) ?? labels.length + code)
  }
}

/** Reads groups of a block's rows from its columns of codes. Made once for all blocks: it holds tables of the groups. */
export type GroupsReader = (codes: readonly Int32Array[], rows: number) => Int32Array

/** Reads the group of each row. */
export function columnReader(group: GroupOptions): GroupsReader {
  const read = groupReader(group)
  return (codes, rows) => {
    const column = codes[group.column]
    const found = new Int32Array(rows)
    for (let row = 0; row < rows; row++) found[row] = read(column[row])
    return found
  }
}

/** Reads those of several variables: rows x groups, row by row. */
export function rowsReader(groups: readonly GroupOptions[]): GroupsReader {
  const width = groups.length
  const readers = groups.map(columnReader)
  return (codes, rows) => {
    const found = new Int32Array(rows * width)
    for (const [index, read] of readers.entries()) {
      const own = read(codes, rows)
      for (let row = 0; row < rows; row++) found[row * width + index] = own[row]
    }
    return found
  }
}

/** What a group is called: a code without a label by its digits. */
export function groupLabel({ labels }: GroupOptions, group: number): string {
  return labels[group] ?? String(group - labels.length)
}

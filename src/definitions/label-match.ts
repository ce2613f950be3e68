import type { ValueLabels, Variable } from './schema.js'

/** Words that tell nothing about a question. */
const empty = new Set(
  'a an and are as at be by do for from how in is it of on or that the their to with you your'.split(' '),
)
/** Least likeness of two labels of one question, as the share of words in common (Jaccard's index). */
const leastLikeness = 0.6

/** A variable of a known wave that a label means. */
export interface LabelMatch {
  /** Reference to it, `7:Q1`. */
  key: string
  variable: Variable
  /** Share of the labels' words in common, 1 where all are. */
  likeness: number
  sameAnswers: boolean
}

/** Finds the variable of known waves that a label means, where value labels do not speak against it. */
export class LabelMatcher {
  private readonly entries: { key: string; words: Set<string>; codes: ValueLabels; variable: Variable }[] = []

  /** `key` is the reference to the variable, `7:Q1`; `codes` its value labels. */
  add(key: string, variable: Variable, codes: ValueLabels): void {
    this.entries.push({ key, words: wordsOf(variable.label), codes, variable })
  }

  /** The variable of the most alike label; undefined where none is alike enough. */
  find(label: string, codes: ValueLabels): LabelMatch | undefined {
    const words = wordsOf(label)
    let best: (typeof this.entries)[number] | undefined
    let most = leastLikeness
    for (const entry of this.entries) {
      const likeness = jaccard(words, entry.words)
      if (likeness > most || (likeness === most && best === undefined)) {
        best = entry
        most = likeness
      }
    }
    if (best === undefined) return undefined
    return { key: best.key, variable: best.variable, likeness: most, sameAnswers: sameAnswers(codes, best.codes) }
  }
}

/** The words of a label that tell something, in one spelling and number. */
export function wordsOf(label: string): Set<string> {
  const words = label
    .toLowerCase()
    .replaceAll(/[´’`']s?\b/g, '')
    .replaceAll('neighbour', 'neighbor')
    .replaceAll('labour', 'labor')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '' && !empty.has(word))
  return new Set(words.map((word) => (word.length > 4 ? word.replace(/s$/, '') : word)))
}

function jaccard(left: Set<string>, right: Set<string>): number {
  let common = 0
  for (const word of left) if (right.has(word)) common++
  const all = left.size + right.size - common
  return all === 0 ? 0 : common / all
}

/** The same codes, not counting missing ones, and the same words for each. */
function sameAnswers(left: ValueLabels, right: ValueLabels): boolean {
  const answers = (labels: ValueLabels) => Object.keys(labels).filter((code) => !code.startsWith('-'))
  const codes = answers(left)
  if (codes.length === 0 || codes.length !== answers(right).length) return false
  return codes.every((code) => right[code] !== undefined && sameWords(left[code], right[code]))
}

function sameWords(left: string, right: string): boolean {
  return labelKey(left) === labelKey(right)
}

/** The same text for all labels of the same words, in whatever order. */
export function labelKey(label: string): string {
  return [...wordsOf(label)].sort().join(' ') || label.trim().toLowerCase()
}

/** Words that turn the meaning of a label round. */
const negations = new Set('no non none nor not never neither without dont doesnt isnt'.split(' '))

/**
 * Whether one label says no more than the other: all of its words are among the other's (`Retired`, `Retired/pensioned`), and
 * none of those that the other has more denies it.
 */
export function isAbridged(left: string, right: string): boolean {
  const [fewer, more] = [denialsAlike(wordsOf(left)), denialsAlike(wordsOf(right))].sort((a, b) => a.size - b.size)
  if (fewer.size === 0) return false
  for (const word of fewer) if (!more.has(word)) return false
  for (const word of more) if (word === 'not' && !fewer.has(word)) return false
  return true
}

/** One word in place of all that deny: `None at all` and `No choice at all` deny alike. */
function denialsAlike(words: Set<string>): Set<string> {
  return new Set([...words].map((word) => (negations.has(word) ? 'not' : word)))
}

import { firstMissingReason, missingReasonStride, type RespondentBatch, reasonByte } from '../batch/respondent-batch.js'
import type { Stage } from '../pool/stage.js'
import type { DecodeOptions } from './decode.js'

export interface ProfileOptions extends Pick<DecodeOptions, 'questions' | 'demographics'> {
  codeFields: number
  /** Which code fields hold the country and the year; -1 where the file lacks them. */
  countrySlot: number
  yearSlot: number
}

/** Respondents by code. */
export type CodeCounts = [code: number, respondents: number][]

/** What a block holds, in counts; of plain arrays, for it is small. */
export interface BlockProfile {
  rows: number
  countries: CodeCounts
  years: CodeCounts
  /** Question cells without an answer, by missing reason. */
  missing: number[]
  /** Codes that have no label, by variable: beyond a question's scale, or unknown of a demographic. */
  unlabelled: [variable: string, codes: CodeCounts][]
}

/** Counts countries, years, missing answers and codes without labels. */
export function profile(options: ProfileOptions): Stage<RespondentBatch, BlockProfile> {
  const { questions, demographics, codeFields, countrySlot, yearSlot } = options
  const categories = demographics.filter(({ kind, slot }) => kind === 'category' && slot >= 0)
  const labelled = categories.map(
    ({ labels, missingLabels }) => new Set([...labels, ...missingLabels].map(([code]) => code)),
  )
  return {
    name: 'profile',
    apply({ rows, answers, source, report }) {
      const { codes } = source.cells
      const countColumn = (slot: number, counts: (code: number) => boolean) => {
        const found = new Map<number, number>()
        for (let row = 0, cell = slot; slot >= 0 && row < rows; row++, cell += codeFields) {
          if (counts(codes[cell])) found.set(codes[cell], (found.get(codes[cell]) ?? 0) + 1)
        }
        return [...found]
      }
      const unlabelled = categories.map(({ id, slot }, index): [string, CodeCounts] => [
        id,
        countColumn(slot, (code) => code >= 0 && !labelled[index].has(code)),
      ])
      for (const [index, { id, slot }] of questions.entries()) {
        const outside =
          report.missingCounts[index * missingReasonStride + reasonByte('out-of-range') - firstMissingReason]
        if (outside === 0 || slot < 0) continue
        const found = new Map<number, number>()
        for (let row = 0; row < rows; row++) {
          if (answers[row * questions.length + index] !== reasonByte('out-of-range')) continue
          const code = codes[row * codeFields + slot]
          found.set(code, (found.get(code) ?? 0) + 1)
        }
        unlabelled.push([id, [...found]])
      }
      const missing = new Array<number>(missingReasonStride).fill(0)
      for (const [index, { slot }] of questions.entries()) {
        if (slot < 0) continue
        for (let reason = 0; reason < missingReasonStride; reason++) {
          missing[reason] += report.missingCounts[index * missingReasonStride + reason]
        }
      }
      return {
        rows,
        countries: countColumn(countrySlot, (code) => code >= 0),
        years: countColumn(yearSlot, (code) => code >= 0),
        missing,
        unlabelled: unlabelled.filter(([, found]) => found.length > 0),
      }
    },
  }
}

import type { JoinedVariable } from './joined-variable.js'
import type { RewordedCode } from './scale-match.js'
import type { Variable } from './schema.js'
import { waveVariable } from './wave-numbering.js'
import { type JoinedWave, waveName } from './wave-order.js'

/** What one wave has of a variable of the dataset. */
export interface HarmonisedMember {
  wave: string
  /** Its id in that wave. */
  variable: string
  /** Absent where its codes stand as they are. */
  scale?: 'reversed' | 'reordered'
  /** Of a question: code in the file -> code of the dataset, null for missing; absent where all codes stand as they are. */
  recodes?: Record<string, number | null>
  /** Codes whose labels say the same in other words. */
  reworded?: RewordedCode[]
}

export interface HarmonisedVariable {
  id: string
  kind: 'value' | 'demographic'
  members: HarmonisedMember[]
}

/** Variables that share a harmonised id and yet can not be one, with the ids that they have instead. */
export interface ApartVariables {
  harmonised: string
  ids: string[]
  reasons: string[]
}

/** A wave's counterpart of a variable that is of no use there. */
export interface UnusedVariable {
  wave: string
  variable: string
  harmonised: string
  reason: string
}

/** A variable of the joined definition with what it was made of. */
export interface Placed {
  joined: JoinedVariable
  variable: Variable
}

/** What each wave has of a joined variable. */
export function reportOf(joined: JoinedVariable, variable: Variable): HarmonisedVariable {
  const { id, kind } = variable
  const isWave = id === waveVariable
  return {
    id,
    kind: kind === 'value' ? 'value' : 'demographic',
    members: (isWave ? [] : joined.members).map((member) => {
      const { recodes = {} } = kind === 'value' ? joined.reading(member, variable) : {}
      return {
        wave: member.wave.wave,
        variable: member.variable.id,
        ...(member.how === 'same' ? {} : { scale: member.how }),
        ...(Object.keys(recodes).length === 0 ? {} : { recodes }),
        ...(member.reworded.length === 0 ? {} : { reworded: member.reworded }),
      }
    }),
  }
}

/** What could not be joined; `reasons` by harmonised id. */
export function apartOf(placed: readonly Placed[], reasons: ReadonlyMap<string, string[]>): ApartVariables[] {
  const found: ApartVariables[] = []
  for (const [harmonised, list] of reasons) {
    const ids = placed.filter(({ joined }) => joined.key === harmonised).map(({ variable }) => variable.id)
    found.push({ harmonised, ids, reasons: list })
  }
  return found
}

/** Variables that other waves make use of, and this one does not. */
export function unusedOf(waves: readonly JoinedWave[], placed: readonly Placed[]): UnusedVariable[] {
  const keys = new Set(placed.map(({ joined }) => joined.key))
  return waves.flatMap(({ wave, loaded }) =>
    loaded.definition.variables.flatMap((variable) => {
      const { id, kind, harmonised, labels } = variable
      if (kind !== 'technical' || harmonised === undefined || !keys.has(harmonised) || harmonised === waveVariable) {
        return []
      }
      const reason =
        labels === 'unknown'
          ? `its value labels in ${waveName(wave)} are not known`
          : `it is technical in ${waveName(wave)}`
      return [{ wave, variable: id, harmonised, reason }]
    }),
  )
}

import { type CategoryCodes, keepsCodes, matchCategories } from './category-match.js'
import { scaleLabels } from './scale-labels.js'
import { labelledScale, matchScales, type RewordedCode } from './scale-match.js'
import type { ValueLabels, Variable } from './schema.js'
import { type JoinedWave, waveName } from './wave-order.js'

/** One wave's variable among those that mean the same. */
export interface JoinedMember {
  wave: JoinedWave
  variable: Variable
  /** Code of the wave, after its own recodes, -> code of the joined variable; absent where codes stay as they are. */
  codes?: CategoryCodes
  how: 'same' | 'reversed' | 'reordered'
  reworded: RewordedCode[]
}

/**
 * Variables of several waves that mean the same and so are one. The first of them gives it its wording, its scale and
 * its codes.
 */
export class JoinedVariable {
  /** Name in the time series; absent where the waves tell none. */
  key: string | undefined
  readonly members: JoinedMember[]
  /** Code -> label of a category: as it is mended, and as the codebook has it. */
  private readonly categories = new Map<number, string>()
  private readonly codebook = new Map<number, string>()

  constructor(
    readonly first: Variable,
    wave: JoinedWave,
    /** The variable is the country, whose codes mean the same in all waves. */
    private readonly isCountry: boolean,
    key: string | undefined,
  ) {
    this.key = key
    this.members = [{ wave, variable: first, how: 'same', reworded: [] }]
    if (this.isCategory()) {
      for (const [code, label] of categoriesOf(wave, first, true)) this.categories.set(code, label)
      this.addCodebook(this.members[0])
    }
  }

  get kind(): Variable['kind'] {
    return this.first.kind
  }

  has(wave: JoinedWave): boolean {
    return this.members.some((member) => member.wave === wave)
  }

  /** Takes a wave's variable in where it means the same; gives the reason where it does not. */
  join(wave: JoinedWave, variable: Variable): string | undefined {
    const match = this.match(wave, variable)
    if (typeof match === 'string') return `${waveName(wave.wave)}, ${variable.id}: ${match}`
    const member = { wave, variable, ...match }
    this.members.push(member)
    if (this.isCategory()) this.addCodebook(member)
    return undefined
  }

  private match(wave: JoinedWave, variable: Variable): Pick<JoinedMember, 'codes' | 'how' | 'reworded'> | string {
    const { first } = this
    const asIs = { how: 'same' as const, reworded: [] }
    if (variable.kind !== first.kind) return `it is a ${variable.kind} variable, not a ${first.kind} one`
    if (variable.measure !== first.measure) return `it is measured as ${variable.measure}, not as ${first.measure}`
    if (this.isCategory()) {
      const own = categoriesOf(wave, variable, true)
      if (own.size === 0 || this.categories.size === 0) return 'no value labels tell its categories'
      const codes = matchCategories(own, this.categories, this.isCountry)
      return codes === undefined ? 'no category has the label of another wave' : { ...asIs, codes }
    }
    if (variable.scale === undefined && first.scale === undefined) return asIs
    const match = matchScales(scaleOf(wave, variable), scaleOf(this.members[0].wave, first))
    if (match.kind === 'apart') return match.reason
    if (match.how !== 'same' && variable.kind === 'demographic') return `its scale is ${match.how}`
    return { how: match.how, reworded: match.reworded, ...(match.how === 'same' ? {} : { codes: match.codes }) }
  }

  /** What the joined variable is, under the id and name that it gets. */
  definition(id: string, name: string | undefined): Variable {
    const { like: _like, decide: _decide, recodes: _recodes, ...rest } = this.first
    return {
      ...withoutLabels(rest),
      id,
      ...(name === undefined ? {} : { name }),
      ...(this.key === undefined ? {} : { harmonised: this.key }),
      ...this.labels(),
    }
  }

  private labels(): Pick<Variable, 'labels' | 'mendedLabels'> {
    const { wave, variable } = this.members[0]
    const [mended, plain] = [true, false].map((isMended) => wave.loaded.labelsOf(variable, { mended: isMended }))
    if (this.isCategory()) return { labels: asLabels(this.codebook), mendedLabels: asLabels(this.categories) }
    if (variable.scale === undefined) return { labels: { ...plain }, mendedLabels: { ...mended } }
    return { labels: scaleLabels(variable, plain), mendedLabels: scaleLabels(variable, mended) }
  }

  /** How a member is read from a file of its wave: its codes, recoded to those of the joined variable. */
  reading(member: JoinedMember, joined: Variable): Variable {
    const { like: _like, decide: _decide, ...own } = member.variable
    const { scale, name } = joined
    const named = { ...withoutLabels(own), id: joined.id, ...(name === undefined ? {} : { name }) }
    const labels = this.readingLabels(member)
    const recodes = this.isCategory() ? this.categoryRecodes(member) : scaleRecodes(member, joined)
    return { ...named, ...(scale === undefined ? {} : { scale }), ...labels, recodes }
  }

  /** The file's codes with the labels of the joined variable. */
  private readingLabels({
    wave,
    variable,
    codes = new Map(),
  }: JoinedMember): Pick<Variable, 'labels' | 'mendedLabels'> {
    const [mended, plain] = [true, false].map((isMended) => wave.loaded.labelsOf(variable, { mended: isMended }))
    if (!this.isCategory()) return { labels: { ...plain }, mendedLabels: { ...mended } }
    const labelled = (own: ValueLabels, joined: ReadonlyMap<number, string>) => {
      const labels: ValueLabels = this.isCountry && keepsCodes(codes) ? asLabels(joined) : {}
      for (const [key, label] of Object.entries(own)) {
        const code = Number(key)
        labels[key] = joined.get(codes.get(code) ?? code) ?? label
      }
      return labels
    }
    return { labels: labelled(plain, this.codebook), mendedLabels: labelled(mended, this.categories) }
  }

  /** A code that has no label in this wave is not taken for what another wave means by it. */
  private categoryRecodes({ wave, variable, codes = new Map() }: JoinedMember): NonNullable<Variable['recodes']> {
    const recodes: NonNullable<Variable['recodes']> = {}
    const own = categoriesOf(wave, variable, true)
    const isByCode = this.isCountry && keepsCodes(codes)
    for (const code of isByCode ? [] : this.categories.keys()) if (!own.has(code)) recodes[code] = null
    for (const [code, target] of codes) if (code !== target) recodes[code] = target
    for (const [code, target] of Object.entries(variable.recodes ?? {})) {
      recodes[code] = target === null ? null : (codes.get(target) ?? target)
    }
    return recodes
  }

  private addCodebook({ wave, variable, codes }: JoinedMember): void {
    const plain = categoriesOf(wave, variable, false)
    for (const [code, label] of categoriesOf(wave, variable, true)) {
      const target = codes?.get(code) ?? code
      if (!this.codebook.has(target)) this.codebook.set(target, plain.get(code) ?? label)
    }
  }

  private isCategory(): boolean {
    return this.first.kind === 'demographic' && this.first.measure === 'category'
  }
}

function withoutLabels<T extends Pick<Variable, 'labels' | 'mendedLabels'>>(variable: T) {
  const { labels: _labels, mendedLabels: _mended, ...rest } = variable
  return rest
}

function scaleOf({ loaded }: JoinedWave, variable: Variable) {
  return labelledScale(variable, scaleLabels(variable, loaded.labelsOf(variable, { mended: true })))
}

/** The file's codes of a question -> the joined scale's; what is off the wave's own scale stays off the joined one. */
function scaleRecodes({ variable, codes }: JoinedMember, { scale }: Variable): NonNullable<Variable['recodes']> {
  const recodes: NonNullable<Variable['recodes']> = { ...variable.recodes }
  if (codes === undefined || scale === undefined) return recodes
  for (const [code, target] of Object.entries(variable.recodes ?? {})) {
    recodes[code] = target === null ? null : (codes.get(target) ?? target)
  }
  const isRecoded = (code: number) => Object.hasOwn(variable.recodes ?? {}, String(code))
  for (const [code, target] of codes) if (code !== target && !isRecoded(code)) recodes[code] = target
  for (let code = scale.min; code <= scale.max; code++) {
    if (!codes.has(code) && !isRecoded(code)) recodes[code] = scale.max + 1
  }
  return recodes
}

/** Codes of a category that are values, with their labels. */
function categoriesOf({ loaded }: JoinedWave, variable: Variable, mended: boolean): Map<number, string> {
  const found = new Map<number, string>()
  for (const [key, label] of Object.entries(loaded.labelsOf(variable, { mended }))) {
    const code = Number(key)
    if (Number.isInteger(code) && code >= 0) found.set(code, label)
  }
  return found
}

function asLabels(labels: ReadonlyMap<number, string>): ValueLabels {
  return Object.fromEntries(labels)
}

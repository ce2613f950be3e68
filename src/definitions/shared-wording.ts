import { SurveyError } from '../formats/survey-error.js'
import type { Variable, WaveDefinition } from './schema.js'

/** Finds a built-in wave's definition, its own references resolved; undefined where there is none of that name. */
export type FindWave = (wave: string) => { definition: WaveDefinition; folder: string } | undefined

/**
 * Fills in what variables share with those of other waves (`like`): the wording always, the answers where the
 * variable says nothing about them itself. A label file of another wave is named with its folder, `wave7/Q266.json`.
 * Throws a SurveyError for a reference that leads nowhere; `file` is where it stands.
 */
export function resolveLikes(definition: WaveDefinition, find: FindWave, file: string): WaveDefinition {
  const tables = new Map<string, { variables: Map<string, Variable>; folder: string }>()
  const variables = definition.variables.map((variable): Variable => {
    const { like } = variable
    if (like === undefined) return variable
    const [wave, id] = like.split(':')
    let table = tables.get(wave)
    if (table === undefined) {
      const found = find(wave)
      if (found !== undefined) {
        table = {
          folder: found.folder,
          variables: new Map(found.definition.variables.map((entry) => [entry.id, entry])),
        }
        tables.set(wave, table)
      }
    }
    const model = table?.variables.get(id)
    if (table === undefined || model === undefined) {
      const reason = table === undefined ? `no wave '${wave}' is built in` : `wave ${wave} has no variable ${id}`
      throw new SurveyError(`${variable.id} is said to be like ${like}, but ${reason}`, {
        kind: 'usage',
        place: { file },
      })
    }
    return { ...wordingOf(model), ...(saysAnswers(variable) ? {} : answersOf(model, table.folder)), ...variable }
  })
  return { ...definition, variables }
}

/** The waves whose definitions this one refers to. */
export function wavesReferredTo({ variables }: WaveDefinition): string[] {
  const waves = new Set<string>()
  for (const { like } of variables) if (like !== undefined) waves.add(like.slice(0, like.indexOf(':')))
  return [...waves].sort()
}

function saysAnswers({ scale, labels, mendedLabels, recodes }: Variable): boolean {
  return [scale, labels, mendedLabels, recodes].some((part) => part !== undefined)
}

function wordingOf({ name, category, stem }: Variable): Partial<Variable> {
  return {
    ...(name === undefined ? {} : { name }),
    ...(category === undefined ? {} : { category }),
    ...(stem === undefined ? {} : { stem }),
  }
}

function answersOf({ scale, labels, mendedLabels, recodes }: Variable, folder: string): Partial<Variable> {
  const isFile = typeof labels === 'string' && labels !== 'unknown' && !labels.includes('/')
  return {
    ...(scale === undefined ? {} : { scale }),
    ...(labels === undefined ? {} : { labels: isFile ? `${folder}/${labels}` : labels }),
    ...(mendedLabels === undefined ? {} : { mendedLabels }),
    ...(recodes === undefined ? {} : { recodes }),
  }
}

import type { Variable } from './schema.js'

/** What a variable's label says that it is. */
export interface DraftKind {
  kind: Variable['kind']
  measure: Variable['measure']
  name?: string
  role?: 'id' | 'country' | 'year' | 'weight' | 'version'
}

const technical = (measure: Variable['measure'] = 'category'): DraftKind => ({ kind: 'technical', measure })
const demographic = (name: string, measure: Variable['measure'] = 'category'): DraftKind => ({
  kind: 'demographic',
  measure,
  name,
})

/** The first that matches the variable's label, in lower case, decides. The names are those of the built-in waves. */
const byLabel: [RegExp, DraftKind][] = [
  [/^version of (the )?data/, { ...technical('text'), role: 'version' }],
  [
    /^(unified )?(interview|respondent) (id|number)|^original respondent number/,
    { kind: 'id', measure: 'text', name: 'respondent_id', role: 'id' },
  ],
  [/equilibrated weight/, { kind: 'weight', measure: 'quantity', name: 'equilibrated_weight' }],
  [/^weight( variable)?$/, { kind: 'weight', measure: 'quantity', name: 'weight', role: 'weight' }],
  [/^population (size )?weight/, { kind: 'weight', measure: 'quantity' }],
  [
    /^iso 3166-1 numeric country code|^country code$|^country\/region$|^country$/,
    { ...demographic('country'), role: 'country' },
  ],
  [/^(year (of )?(the )?survey|survey year)$/, { ...demographic('year', 'quantity'), role: 'year' }],
  [/^age recoded \(6/, demographic('age_group')],
  [/recoded into|\(recoded|^age recoded/, technical('ordinal')],
  [/country.specific|alpha.?[23]|alpha code|local name|abbreviation|digital object/, technical()],
  [/^date (of )?(the )?interview/, demographic('interview_date', 'quantity')],
  [/interest(ed)? during/, technical('ordinal')],
  [/time (of|at).*interview|length of interview|fieldwork|longitude|latitude/, technical('quantity')],
  [
    /questionnaire|mode of data|interview privacy|^region|primary sampling|^study|^wave\b|^country - |cow country/,
    technical(),
  ],
  [/settlement size_8|^settlement size$|^size of town$/, demographic('town_size')],
  [/settlement size/, technical('ordinal')],
  [/settlement name/, demographic('town')],
  [/settlement type/, demographic('settlement')],
  [/urban.*rural/, demographic('urban_rural')],
  [/literacy|literate/, demographic('literacy')],
  [/language in which/, demographic('interview_language')],
  [/language (spoken )?at home/, demographic('home_language')],
  [/^sex$|^gender$/, demographic('sex')],
  [/^year of birth/, demographic('birth_year', 'quantity')],
  [/^age$/, demographic('age', 'quantity')],
  [/^mother.*immigrant/, demographic('mother_immigrant')],
  [/^father.*immigrant/, demographic('father_immigrant')],
  [/^respondent.*immigrant/, demographic('immigrant')],
  [/country of birth.*mother|mother.*country of (birth|origin)/, demographic('mother_birth_country')],
  [/country of birth.*father|father.*country of (birth|origin)/, demographic('father_birth_country')],
  [/country of birth/, demographic('birth_country')],
  [/^respondent citizen|citizen of this country/, demographic('citizen')],
  [/people in household|household members/, demographic('household_size', 'quantity')],
  [/live with.*parents/, demographic('lives_with_parents')],
  [/^marital status/, demographic('marital_status')],
  [/how many children/, demographic('children', 'quantity')],
  [/educational level.*(spouse|partner)/, demographic('spouse_education')],
  [/educational level.*mother/, demographic('mother_education')],
  [/educational level.*father/, demographic('father_education')],
  [/educational level/, demographic('education')],
  [/employment status.*(spouse|partner)/, demographic('spouse_employment')],
  [/employment status/, demographic('employment')],
  [/(spouse|partner).*occupation/, demographic('spouse_occupation')],
  [/father.*occupation/, demographic('father_occupation')],
  [/occupation(al group)?$/, demographic('occupation')],
  [/sector of employment|institution of occupation/, demographic('employment_sector')],
  [/chief wage earner in/, demographic('chief_earner')],
  [/chief wage earner employed/, demographic('chief_earner_employed')],
  [/supervising/, demographic('supervisor')],
  [/nature of tasks.*manual/, demographic('job_manual', 'ordinal')],
  [/nature of tasks.*routine/, demographic('job_routine', 'ordinal')],
  [/nature of tasks.*independen/, demographic('job_independence', 'ordinal')],
  [/family savings/, demographic('savings')],
  [/social class/, demographic('social_class')],
  [/^scale of incomes/, demographic('income', 'ordinal')],
  [/^religious denomination.*(major|main)/, demographic('religion')],
  [/^religious denomination/, demographic('religion_detailed')],
  [/ethnic group|racial belonging/, demographic('ethnicity')],
  [
    /(first|second|1st|2nd) choice|most important:|most serious|aims of (country|respondent)|which party|would you vote|attitudes concerning society/,
    technical(),
  ],
  [/\bindex\b|welzel|secular values|emancipative values|materialist/, technical('quantity')],
]

/** What a label says of its variable; undefined where it says nothing that is known. */
export function kindOfLabel(label: string): DraftKind | undefined {
  const text = label.toLowerCase().replaceAll(/[´’`]/g, "'").replaceAll(/ {2,}/g, ' ').trim()
  return byLabel.find(([pattern]) => pattern.test(text))?.[1]
}

/**
 * Whether a column is named after another, as a form of it: recoded (`Q94R`), with fewer answers (`Q33_3`), or asked in some
 * countries only (`Q82_NAFTA`).
 */
export function isFormOf(id: string, columns: ReadonlySet<string>): boolean {
  const [, base] = /^([A-Z]+\d+[A-Z]?)(?:R|_\d+|_[A-Z]+)$/.exec(id) ?? []
  return base !== undefined && columns.has(base)
}

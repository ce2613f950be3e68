import type { Xoshiro128 } from '../../random/xoshiro128.js'
import { Choice, fixedFraction, normalDraw } from './chance.js'
import type { CountryCodes } from './country-codes.js'
import type { Country } from './fieldwork.js'
import type { Sheet } from './sheet.js'

const dontKnow = -1
const noAnswer = -2
const notApplicable = -3
const missing = -5

/** Detailed codes of `Q289CS9` for each major group of `Q289`, the most frequent first. */
const denominations: readonly (readonly number[])[] = [
  [100000020, 100000000, 100000040, 100000030],
  [10100000, 10000000],
  [20000000, 20200000, 20400000, 20600000, 20700000],
  [30100000, 30000000],
  [40000000],
  [50000000, 50101000, 50202000],
  [60000000],
  [70000000],
  [80000000, 21200000, 21400000, 80213304],
  [90000000, 90200000],
]

/** Who the respondent is: the columns of the questionnaire's last part, `Q260` to `Q290`, each fitting the others. */
export class Background {
  age = 18
  female = false
  education = 0
  income = 5
  religious = false
  #partner = false
  readonly #sheet: Sheet
  readonly #codes: CountryCodes
  readonly #slots
  #country: Country | undefined
  #year = 2018
  #religions = new Choice([0], [1])
  #immigrants = 0
  #bornHere = 0
  #schools: readonly number[] = []
  #ethnic: readonly number[] = []
  #homeLanguages: number[] = []

  constructor(sheet: Sheet, codes: CountryCodes) {
    this.#sheet = sheet
    this.#codes = codes
    const slot = (number: string) => sheet.slot(`Q${number}`)
    this.#slots = {
      sex: slot('260'),
      birth: slot('261'),
      age: slot('262'),
      age6: sheet.slot('X003R'),
      age3: sheet.slot('X003R2'),
      immigrant: slot('263'),
      motherImmigrant: slot('264'),
      fatherImmigrant: slot('265'),
      bornIn: slot('266'),
      motherBornIn: slot('267'),
      fatherBornIn: slot('268'),
      citizen: slot('269'),
      household: slot('270'),
      parents: slot('271'),
      language: slot('272'),
      marital: slot('273'),
      children: slot('274'),
      education: slot('275'),
      school: slot('275A'),
      partnerEducation: slot('276'),
      partnerSchool: slot('276A'),
      motherEducation: slot('277'),
      motherSchool: slot('277A'),
      fatherEducation: slot('278'),
      fatherSchool: slot('278A'),
      work: slot('279'),
      partnerWork: slot('280'),
      occupation: slot('281'),
      partnerOccupation: slot('282'),
      fatherOccupation: slot('283'),
      sector: slot('284'),
      earner: slot('285'),
      savings: slot('286'),
      social: slot('287'),
      income: slot('288'),
      religion: slot('289'),
      denomination: slot('289CS9'),
      ethnic: slot('290'),
    }
  }

  enter(country: Country): void {
    const sheet = this.#sheet
    const codes = this.#codes
    this.#country = country
    this.#year = Math.floor(country.end / 100)
    this.#religions = Choice.of(country.religions)
    this.#immigrants = 0.01 + 0.14 * fixedFraction('immigrants', country.code) * country.secular
    this.#bornHere = this.#birthCode(country.code)
    this.#schools = codes.of('Q275A', country.code)
    this.#ethnic = codes.of('Q290', country.code)
    this.#homeLanguages = country.languages.map(({ code }) => (codes.has('Q272', code) ? code : 9000))
    sheet.whole('Q260', 'Q261', 'Q262', 'X003R', 'X003R2')
    for (let number = 263; number <= 289; number++) sheet.whole(`Q${number}`)
    sheet.whole('Q289CS9')
    if (this.#schools.length > 0) sheet.whole('Q275A', 'Q276A', 'Q277A', 'Q278A')
    if (this.#ethnic.length > 0) sheet.whole('Q290')
    else sheet.constant('Q290', missing)
  }

  /** The code of a country as a place of birth; Northern Ireland counts as the United Kingdom there. */
  #birthCode(code: number): number {
    if (this.#codes.has('Q266', code)) return code
    return code === 909 ? 826 : 9999
  }

  /** Fills in who the respondent is. `language`: index of the interview's language in the country's list. */
  draw(language: number, countries: readonly Country[], generator: Xoshiro128): void {
    const country = this.#country
    if (country === undefined) throw new Error('enter a country first')
    this.#drawPerson(country, generator)
    this.#drawOrigin(language, countries, generator)
    this.#drawHousehold(generator)
    this.#drawEducation(country, generator)
    this.#drawWork(generator)
    this.#drawStanding(generator)
  }

  #drawPerson(country: Country, generator: Xoshiro128): void {
    const { row } = this.#sheet
    const slots = this.#slots
    this.female = generator.fraction() < 0.52
    row[slots.sex] = generator.below(1500) === 0 ? noAnswer : this.female ? 2 : 1
    const { medianAge } = country
    this.age =
      generator.below(2) === 0
        ? 18 + generator.below(medianAge - 18)
        : medianAge + Math.floor((91 - medianAge) * generator.fraction() * (0.25 + 0.75 * generator.fraction()))
    const known = generator.below(250) > 0
    const { age } = this
    row[slots.age] = known ? age : noAnswer
    // The birthday of this year may still be to come.
    row[slots.birth] = known ? this.#year - age - generator.below(2) : noAnswer
    row[slots.age6] = known ? (age < 25 ? 1 : age >= 65 ? 6 : Math.floor((age - 5) / 10)) : noAnswer
    row[slots.age3] = known ? (age < 30 ? 1 : age < 50 ? 2 : 3) : noAnswer
  }

  #drawOrigin(language: number, countries: readonly Country[], generator: Xoshiro128): void {
    const { row } = this.#sheet
    const slots = this.#slots
    const immigrant = generator.fraction() < this.#immigrants
    const elsewhere = this.#birthCode(countries[generator.below(countries.length)].code)
    const parent = (share: number) => immigrant || generator.fraction() < share
    const mother = parent(this.#immigrants * 0.6)
    const father = parent(this.#immigrants * 0.6)
    row[slots.immigrant] = immigrant ? 2 : 1
    row[slots.motherImmigrant] = this.#orMissing(mother ? 2 : 1, 60, generator)
    row[slots.fatherImmigrant] = this.#orMissing(father ? 2 : 1, 50, generator)
    row[slots.bornIn] = immigrant ? elsewhere : this.#bornHere
    row[slots.motherBornIn] = mother ? elsewhere : this.#bornHere
    row[slots.fatherBornIn] = father ? elsewhere : this.#bornHere
    row[slots.citizen] = this.#orMissing(immigrant && generator.below(2) === 0 ? 2 : 1, 300, generator)
    const other = generator.below(40)
    row[slots.language] = other === 0 ? 9000 : other === 1 && immigrant ? 1240 : this.#homeLanguages[language]
    row[slots.ethnic] = this.#ethnic.length === 0 ? missing : this.#skewed(this.#ethnic, generator)
  }

  #drawHousehold(generator: Xoshiro128): void {
    const { row } = this.#sheet
    const slots = this.#slots
    const { age } = this
    const settled = Math.min(0.92, (age - 17) / 22)
    const single = generator.fraction() > settled
    const fate = generator.below(100)
    const widowed = fate < Math.max(0, age - 52)
    const marital = single ? 6 : widowed ? 5 : fate >= 93 ? 3 : fate >= 91 ? 4 : fate >= 80 && age < 50 ? 2 : 1
    const partner = marital <= 2
    this.#partner = partner
    row[slots.marital] = this.#orMissing(marital, 150, generator)
    const family = single ? (generator.below(8) === 0 ? 1 : 0) : generator.below(4) + (generator.below(5) === 0 ? 2 : 0)
    const children = Math.min(family, Math.max(0, Math.floor((age - 17) / 2)))
    row[slots.children] = this.#orMissing(children, 200, generator)
    const withParents = single && age < 35 ? generator.below(3) > 0 : generator.below(7) === 0
    row[slots.parents] = this.#orMissing(
      withParents ? (partner && generator.below(2) === 0 ? 3 : 2) : 1,
      200,
      generator,
    )
    const atHome = 1 + (partner ? 1 : 0) + (withParents ? 1 + generator.below(3) : 0)
    const household = Math.min(15, atHome + (age < 58 ? children : generator.below(2)))
    row[slots.household] = generator.below(150) === 0 ? noAnswer : household
    const work = partner ? [1, 1, 1, 2, 3, 3, 4, 5, 5, 7, 8][generator.below(11)] : notApplicable
    row[slots.partnerWork] = work
    row[slots.partnerOccupation] = partner
      ? work >= 5 && generator.below(2) === 0
        ? 0
        : generator.below(11)
      : notApplicable
  }

  #drawEducation(country: Country, generator: Xoshiro128): void {
    const { row } = this.#sheet
    const slots = this.#slots
    const level = (mean: number) => Math.min(8, Math.max(0, Math.round(mean + 1.75 * normalDraw(generator))))
    const mean = 2.6 + 1.6 * country.secular - (this.age - 45) * 0.022
    this.education = level(mean)
    const own = this.#orMissing(this.education, 110, generator)
    const partner = this.#partner ? this.#orMissing(level((mean + this.education) / 2), 60, generator) : notApplicable
    const mother = this.#orMissing(level(mean - 1.3), 18, generator)
    const father = this.#orMissing(level(mean - 1), 16, generator)
    row[slots.education] = own
    row[slots.partnerEducation] = partner
    row[slots.motherEducation] = mother
    row[slots.fatherEducation] = father
    const schools = this.#schools
    if (schools.length === 0) return
    // A country's own list of schools goes up as the international levels 0 to 8 do.
    const schoolOf = (code: number) => (code < 0 ? code : schools[Math.floor((code / 9) * schools.length)])
    row[slots.school] = schoolOf(own)
    row[slots.partnerSchool] = schoolOf(partner)
    row[slots.motherSchool] = schoolOf(mother)
    row[slots.fatherSchool] = schoolOf(father)
  }

  #drawWork(generator: Xoshiro128): void {
    const { row } = this.#sheet
    const slots = this.#slots
    const { age, female } = this
    let work = [1, 1, 1, 1, 1, 2, 2, 3, 3, 7, 8][generator.below(11)]
    if (age >= 64 && generator.below(8) > 0) work = 4
    else if (age < 25 && generator.below(2) === 0) work = 6
    else if (female && generator.below(4) === 0) work = 5
    const never = (work === 6 || work === 5) && generator.below(3) > 0
    const skill = Math.min(9, Math.max(1, Math.round(9 - this.education + 1.6 * normalDraw(generator))))
    row[slots.work] = this.#orMissing(work, 120, generator)
    row[slots.occupation] = this.#orMissing(never ? 0 : skill, 70, generator)
    row[slots.fatherOccupation] = this.#orMissing(1 + generator.below(10), 20, generator)
    row[slots.sector] = never ? notApplicable : this.#orMissing([2, 2, 2, 1, 1, 3][generator.below(6)], 40, generator)
    row[slots.earner] = this.#orMissing(generator.below(100) < (female ? 34 : 62) ? 1 : 2, 90, generator)
  }

  #drawStanding(generator: Xoshiro128): void {
    const { row } = this.#sheet
    const slots = this.#slots
    const level = 4.2 + 0.24 * this.education + 1.9 * normalDraw(generator)
    this.income = Math.min(10, Math.max(1, Math.round(level)))
    row[slots.income] = this.#orMissing(this.income, 26, generator)
    const social = Math.round(5.4 - 0.42 * this.income + 0.8 * normalDraw(generator))
    row[slots.social] = this.#orMissing(Math.min(5, Math.max(1, social)), 40, generator)
    row[slots.savings] = this.#orMissing(
      generator.below(10) < this.income - 2 ? 1 : 2 + generator.below(3),
      40,
      generator,
    )
    const religion = this.#religions.draw(generator)
    this.religious = religion !== 0
    const known = this.#orMissing(religion, 80, generator)
    row[slots.religion] = known
    row[slots.denomination] = known < 0 ? known : this.#skewed(denominations[religion], generator)
  }

  /** The code, or once in so many times "don't know" or "no answer". */
  #orMissing(code: number, onceIn: number, generator: Xoshiro128): number {
    const chance = generator.below(onceIn * 3)
    return chance > 2 ? code : chance > 1 ? noAnswer : dontKnow
  }

  /** One of the codes, the first ones more often. */
  #skewed(codes: readonly number[], generator: Xoshiro128): number {
    const fraction = generator.fraction()
    return codes[Math.floor(fraction * fraction * fraction * codes.length)]
  }
}

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loadDefinition } from '#src/definitions/loader.js'
import { allotRespondents, loadCountries } from '#src/pipelines/synth/fieldwork.js'

const countries = loadCountries()
const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0)

describe('loadCountries', () => {
  it('holds the 66 countries of release 6.0, by code, and 97,220 respondents', () => {
    assert.equal(countries.length, 66)
    assert.equal(sum(countries.map(({ respondents }) => respondents)), 97_220)
    const codes = countries.map(({ code }) => code)
    assert.deepEqual(
      codes,
      [...codes].sort((one, other) => one - other),
    )
    assert.equal(new Set(codes).size, 66)
    assert.equal(new Set(countries.map(({ alpha3 }) => alpha3)).size, 66)
  })

  it('agrees with the codebook on country, year, letters, languages and religions', () => {
    const loaded = loadDefinition('7')
    const labels = (id: string) => {
      const variable = loaded.variable(id)
      assert.ok(variable !== undefined)
      return loaded.labelsOf(variable, { mended: true })
    }
    for (const { code, name } of countries) assert.equal(labels('B_COUNTRY')[code], name)
    // The other tables are the codebook's of release 5.0, before India and Uzbekistan joined; it has no CoW letters for
    // Uruguay.
    for (const country of countries.filter(({ code }) => code !== 356 && code !== 860)) {
      const { code, name, end, alpha3, cow, cowAlpha, languages, religions } = country
      assert.ok(labels('S025')[`${code}${Math.floor(end / 100)}`]?.startsWith(name), `${name} ${end}`)
      assert.equal(labels('B_COUNTRY_ALPHA')[alpha3], name)
      assert.ok(labels('C_COW_NUM')[cow] !== undefined, `${name} ${cow}`)
      if (code !== 858) assert.ok(labels('C_COW_ALPHA')[cowAlpha] !== undefined, `${name} ${cowAlpha}`)
      for (const language of languages) {
        assert.ok(labels('S_INTLANGUAGE')[language.code] !== undefined, `${name} ${language.code}`)
        assert.ok(labels('LNGE_ISO')[language.iso] !== undefined, `${name} ${language.iso}`)
      }
      for (const religion of Object.keys(religions)) assert.ok(labels('Q289')[religion] !== undefined)
    }
  })
})

describe('allotRespondents', () => {
  it('gives the national samples themselves for all respondents, and multiples of them', () => {
    const sizes = countries.map(({ respondents }) => respondents)
    assert.deepEqual(allotRespondents(countries, 97_220), sizes)
    assert.deepEqual(
      allotRespondents(countries, 5 * 97_220),
      sizes.map((size) => 5 * size),
    )
  })

  it('adds up, with one respondent at least for each country while there are enough', () => {
    for (const total of [1, 2, 10, 65, 66, 67, 100, 150, 600, 4000, 12_345, 97_219, 97_221, 1_000_000]) {
      const counts = allotRespondents(countries, total)
      assert.equal(sum(counts), total)
      assert.ok(
        counts.every((count) => Number.isInteger(count) && count >= (total >= 66 ? 1 : 0)),
        `${total}`,
      )
    }
  })
})

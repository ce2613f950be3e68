// Makes the survey files in fixtures/ anew, with the built toolkit: `npm run build && node scripts/fixtures.mjs`.
// To be run, and the files committed, whenever the synthesizer writes other bytes; test/fixtures.test.ts tells.
import { fileURLToPath } from 'node:url'
import { synthesize } from '../dist/pipelines/synth.js'

const files = [
  { out: 'wave7-synthetic.csv', layout: 'cross-national', respondents: 600 },
  { out: 'wave7-synthetic-country.csv', layout: 'country', respondents: 150 },
  { out: 'wave7-synthetic-country-float.csv', layout: 'country-float', respondents: 150 },
]

for (const { out, layout, respondents } of files) {
  const path = fileURLToPath(new URL(`../fixtures/${out}`, import.meta.url))
  const { bytes } = await synthesize({ wave: '7', layout, respondents, seed: 0, out: path })
  console.log(`fixtures/${out}: ${respondents} respondents, ${bytes} bytes`)
}

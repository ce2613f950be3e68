#!/usr/bin/env node
import loader = require('./bundle-loader.cjs')

// A stack trace names the modules that the bundle is made of.
if (process.argv.includes('--debug')) import('./cli.js')
else loader.load('./cli.cjs')

#!/usr/bin/env node
// Takes the place of pahole in a kernel build.
const load = require('./load.cjs');

load()
  .standIn('pahole', process.argv.slice(2))
  .then(status => process.exit(status));

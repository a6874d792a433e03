#!/usr/bin/env node
// Takes the place of resolve_btfids in a kernel build.
const load = require('./load.cjs');

load()
  .standIn('resolve_btfids', process.argv.slice(2))
  .then(status => process.exit(status));

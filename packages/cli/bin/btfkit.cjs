#!/usr/bin/env node
const load = require('./load.cjs');

load()
  .main(process.argv.slice(2))
  .then(status => process.exit(status));

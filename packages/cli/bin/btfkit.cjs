#!/usr/bin/env node
// In the repository, unlike the bundle that it starts: npm links a workspace's executables before anything is built.
require('node:module').enableCompileCache?.();
require('../bundle/btfkit.js');

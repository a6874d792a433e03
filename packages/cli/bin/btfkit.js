#!/usr/bin/env node
// In the repository, unlike the bundle that it starts: npm links a workspace's executables before anything is built.
import module from 'node:module';

module.enableCompileCache?.();
await import('../bundle/btfkit.js');

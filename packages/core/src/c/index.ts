/** @module C declarations and headers from BTF. */
export { type HeaderOptions, printC } from './print-c.js';

'use strict';
/*
 * The WebAssembly compiler, loaded once: each line on standard input names a file with a standard-JSON input, whose
 * answer is written beside it as `<file>.answer`; then the line is repeated on standard output.
 * Argument: soljson.js. A compiler that starts anew each time spends most of it on getting warm.
 */

const fs = require('fs');
const readline = require('readline');

const compiler = require(process.argv[2]);
const run = compiler.cwrap('solidity_compile', 'string', ['string', 'number', 'number']);
const reset = compiler.cwrap('solidity_reset', null, []);

readline.createInterface({ input: process.stdin }).on('line', (file) => {
  fs.writeFileSync(`${file}.answer`, run(fs.readFileSync(file, 'utf8'), 0, 0));
  reset();
  process.stdout.write(`${file}\n`);
});

'use strict';
/*
 * The WebAssembly build of the Solidity compiler behind the command line of a native `solc`.
 *
 * Responsible for: the flags that py-solc-x, brownie, forge and crytic-compile pass to a compiler executable
 * (--version, --standard-json, --combined-json, the plain outputs, paths and remappings), and for reading imports
 * from disk under the rules of the native file reader. Not responsible for: compiling, which soljson.js beside this
 * file does, nor for SMT checking and --output-dir, which are refused by name.
 */

const fs = require('fs');
const path = require('path');

const COMPILER = path.join(__dirname, 'soljson.js');
const VERSION_FILE = path.join(__dirname, 'VERSION');

const WITH_VALUE = new Set([
  '--allow-paths', '--base-path', '--combined-json', '--evm-version', '--include-path', '--metadata-hash',
  '--optimize-runs', '--revert-strings',
]);
const SWITCHES = new Set([
  '--abi', '--ast-compact-json', '--bin', '--bin-runtime', '--hashes', '--metadata', '--no-color', '--optimize',
  '--overwrite', '--pretty-json', '--standard-json', '--storage-layout', '--version', '--via-ir',
]);

/** What the user did wrong; printed as native solc prints it, without a stack. */
class UsageError extends Error {}

// --- process input and output ---------------------------------------------------------------------------------------

/** Blocks for a moment: both ends of a pipe may be non-blocking, and then reads and writes fail with EAGAIN. */
function pause() {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
}

/** Writes all of it. Output reaches 15 MB, and a later exit must not find half of it in a buffer. */
function write(descriptor, text) {
  const bytes = Buffer.from(text, 'utf8');
  let done = 0;
  while (done < bytes.length) {
    try {
      done += fs.writeSync(descriptor, bytes, done);
    } catch (problem) {
      if (problem.code !== 'EAGAIN') throw problem;
      pause();
    }
  }
}

function readStandardInput() {
  const chunks = [];
  const chunk = Buffer.alloc(1 << 16);
  for (;;) {
    let count;
    try {
      count = fs.readSync(0, chunk, 0, chunk.length, null);
    } catch (problem) {
      if (problem.code === 'EAGAIN') {
        pause();
        continue;
      }
      if (problem.code === 'EOF') break; // a closed console on Windows
      throw problem;
    }
    if (count === 0) break;
    chunks.push(Buffer.from(chunk.subarray(0, count)));
  }
  return Buffer.concat(chunks).toString('utf8');
}

// --- the compiler ---------------------------------------------------------------------------------------------------

function loadCompiler() {
  const compiler = require(COMPILER);
  // emscripten turns every later exception of ours into its own abort message
  process.removeAllListeners('uncaughtException');
  process.removeAllListeners('unhandledRejection');
  const allocate = compiler.cwrap('solidity_alloc', 'number', ['number']);
  const run = compiler.cwrap('solidity_compile', 'string', ['string', 'number', 'number']);

  function handOver(text, slot) {
    const size = compiler.lengthBytesUTF8(text) + 1;
    const place = allocate(size);
    compiler.stringToUTF8(text, place, size);
    compiler.setValue(slot, place, '*');
  }

  return {
    version: compiler.cwrap('solidity_version', 'string', []),
    compile(input, readSource) {
      const callback = compiler.addFunction((_context, kind, name, contentsSlot, errorSlot) => {
        const isSource = compiler.UTF8ToString(kind) === 'source';
        const answer = isSource
          ? readSource(compiler.UTF8ToString(name))
          : { error: 'The WebAssembly compiler has no SMT solver.' };
        if (answer.error === undefined) handOver(answer.contents, contentsSlot);
        else handOver(answer.error, errorSlot);
      }, 'viiiii');
      return run(input, callback, 0);
    },
  };
}

/** The version string without instantiating the module: py-solc-x asks before every compilation. */
function versionText() {
  try {
    return fs.readFileSync(VERSION_FILE, 'utf8').trim();
  } catch (problem) {
    if (problem.code !== 'ENOENT') throw problem;
    return loadCompiler().version();
  }
}

// --- imports from disk ----------------------------------------------------------------------------------------------

function realPath(name) {
  try {
    return fs.realpathSync(name);
  } catch (problem) {
    if (problem.code !== 'ENOENT') throw problem;
    return path.resolve(name);
  }
}

function isFile(name) {
  return fs.statSync(name, { throwIfNoEntry: false })?.isFile() ?? false;
}

function isWithin(folder, name) {
  return name === folder || name.startsWith(folder.endsWith(path.sep) ? folder : folder + path.sep);
}

/** Reads one source unit by name as native solc does: base path and include paths, allowed folders by real path. */
function sourceReader(options) {
  const roots = [options.basePath ?? '.', ...options.includePaths].map((folder) => path.resolve(folder));
  const remapped = options.remappings.map((remapping) => remapping.slice(remapping.indexOf('=') + 1)).filter(Boolean);
  const besideInputs = options.files.map((file) => path.dirname(path.resolve(file)));
  const allowed = [...roots, ...options.allowPaths, ...remapped, ...besideInputs].map(realPath);

  return (unitName) => {
    const name = unitName.startsWith('file://') ? unitName.slice('file://'.length) : unitName;
    const candidates = path.isAbsolute(name) ? [name] : roots.map((root) => path.join(root, name));
    const found = candidates.filter(isFile);
    if (found.length === 0) {
      const searched = [options.basePath ?? '', ...options.includePaths].map((folder) => `"${folder}"`).join(', ');
      return { error: `File not found. Searched the following locations: ${searched}.` };
    }
    if (found.length > 1) {
      const places = found.map((file) => `"${file}"`).join(', ');
      return {
        error: `Ambiguous import. Multiple matching files found inside base path and/or include paths: ${places}.`,
      };
    }
    if (!allowed.some((folder) => isWithin(folder, realPath(found[0])))) {
      const folders = allowed.map((folder) => `"${folder}"`).join(', ');
      return { error: `File outside of allowed directories. The following are allowed: ${folders}.` };
    }
    return { contents: fs.readFileSync(found[0], 'utf8') };
  };
}

// --- command line ---------------------------------------------------------------------------------------------------

function parseArguments(words) {
  const options = { allowPaths: [], files: [], includePaths: [], remappings: [], switches: new Set(), values: {} };
  const queue = [...words];
  while (queue.length > 0) {
    const word = queue.shift();
    if (!word.startsWith('-') || word === '-') {
      if (word.includes('=')) options.remappings.push(word);
      else options.files.push(word);
      continue;
    }
    const equals = word.indexOf('=');
    const flag = equals < 0 ? word : word.slice(0, equals);
    if (SWITCHES.has(flag) && equals < 0) {
      options.switches.add(flag);
    } else if (WITH_VALUE.has(flag)) {
      const value = equals < 0 ? queue.shift() : word.slice(equals + 1);
      if (value === undefined) throw new UsageError(`the required argument for option '${flag}' is missing`);
      if (flag === '--include-path') options.includePaths.push(value);
      else if (flag === '--allow-paths') options.allowPaths.push(...value.split(',').filter(Boolean));
      else options.values[flag] = value;
    } else {
      throw new UsageError(`unrecognised option '${flag}'`); // py-solc-x looks for these words
    }
  }
  options.basePath = options.values['--base-path'] || null;
  return options;
}

/** The JSON input that the plain command line stands for. */
function standardInput(options) {
  const roots = [options.basePath ?? '.', ...options.includePaths].map((folder) => path.resolve(folder));
  const sources = {};
  for (const file of options.files) {
    if (file === '-') {
      sources['<stdin>'] = { content: readStandardInput() };
      continue;
    }
    const absolute = path.resolve(file);
    if (!isFile(absolute)) throw new UsageError(`"${file}" is not found.`);
    const root = roots.find((folder) => isWithin(folder, absolute));
    sources[root ? path.relative(root, absolute) : absolute] = { content: fs.readFileSync(absolute, 'utf8') };
  }
  const { switches, values } = options;
  const outputs = [
    'abi', 'devdoc', 'evm.bytecode', 'evm.deployedBytecode', 'evm.methodIdentifiers', 'metadata', 'storageLayout',
    'userdoc',
  ];
  return {
    language: 'Solidity',
    sources,
    settings: {
      optimizer: { enabled: switches.has('--optimize'), runs: Number(values['--optimize-runs'] ?? 200) },
      outputSelection: { '*': { '*': outputs, '': ['ast'] } },
      remappings: options.remappings,
      ...(values['--evm-version'] && { evmVersion: values['--evm-version'] }),
      ...(switches.has('--via-ir') && { viaIR: true }),
      ...(values['--metadata-hash'] && { metadata: { bytecodeHash: values['--metadata-hash'] } }),
      ...(values['--revert-strings'] && { debug: { revertStrings: values['--revert-strings'] } }),
    },
  };
}

function* contractsOf(output) {
  for (const [file, contracts] of Object.entries(output.contracts ?? {})) {
    for (const [name, contract] of Object.entries(contracts)) yield [`${file}:${name}`, contract];
  }
}

function combinedJson(output, wanted, version) {
  const fields = {
    abi: (contract) => contract.abi,
    bin: (contract) => contract.evm.bytecode.object,
    'bin-runtime': (contract) => contract.evm.deployedBytecode.object,
    devdoc: (contract) => contract.devdoc,
    hashes: (contract) => contract.evm.methodIdentifiers,
    metadata: (contract) => contract.metadata,
    opcodes: (contract) => contract.evm.bytecode.opcodes,
    srcmap: (contract) => contract.evm.bytecode.sourceMap,
    'srcmap-runtime': (contract) => contract.evm.deployedBytecode.sourceMap,
    'storage-layout': (contract) => contract.storageLayout,
    userdoc: (contract) => contract.userdoc,
  };
  const names = Object.keys(fields).filter((field) => wanted.has(field));
  const contracts = {};
  for (const [name, contract] of contractsOf(output)) {
    contracts[name] = Object.fromEntries(names.map((field) => [field, fields[field](contract)]));
  }
  const ordered = Object.entries(output.sources).sort(([, left], [, right]) => left.id - right.id);
  const answer = { contracts, version };
  if (wanted.has('ast')) {
    answer.sources = Object.fromEntries(ordered.map(([name, source]) => [name, { AST: source.ast, id: source.id }]));
  }
  if (['ast', 'srcmap', 'srcmap-runtime'].some((field) => wanted.has(field))) {
    answer.sourceList = ordered.map(([name]) => name);
  }
  return JSON.stringify(answer) + '\n';
}

function plainText(output, switches) {
  const sections = {
    '--bin': (contract) => `Binary:\n${contract.evm.bytecode.object}\n`,
    '--bin-runtime': (contract) => `Binary of the runtime part:\n${contract.evm.deployedBytecode.object}\n`,
    '--hashes': (contract) =>
      'Function signatures:\n' +
      Object.entries(contract.evm.methodIdentifiers).map(([text, selector]) => `${selector}: ${text}\n`).join(''),
    '--metadata': (contract) => `Metadata:\n${contract.metadata}\n`,
    '--storage-layout': (contract) => `Contract Storage Layout:\n${JSON.stringify(contract.storageLayout)}\n`,
    '--abi': (contract) => `Contract JSON ABI\n${JSON.stringify(contract.abi)}\n`,
  };
  const chosen = Object.keys(sections).filter((flag) => switches.has(flag));
  let text = '';
  for (const [name, contract] of contractsOf(output)) {
    text += `\n======= ${name} =======\n` + chosen.map((flag) => sections[flag](contract)).join('');
  }
  return text;
}

function main(words) {
  const options = parseArguments(words);
  if (options.switches.has('--version')) {
    write(1, `solc, the solidity compiler commandline interface\nVersion: ${versionText()}\n`);
    return 0;
  }
  if (options.switches.has('--standard-json')) {
    const [file = '-'] = options.files;
    const input = file === '-' ? readStandardInput() : fs.readFileSync(file, 'utf8');
    const besides = { ...options, files: file === '-' ? [] : [file] };
    write(1, loadCompiler().compile(input, sourceReader(besides)) + '\n');
    return 0;
  }
  if (options.files.length === 0) throw new UsageError('No input files given.');

  const compiler = loadCompiler();
  const reader = sourceReader({ ...options, files: options.files.filter((file) => file !== '-') });
  const output = JSON.parse(compiler.compile(JSON.stringify(standardInput(options)), reader));
  const problems = output.errors ?? [];
  for (const problem of problems) write(2, (problem.formattedMessage ?? problem.message) + '\n');
  if (problems.some((problem) => problem.severity === 'error')) return 1;
  const combined = options.values['--combined-json'];
  if (combined !== undefined) write(1, combinedJson(output, new Set(combined.split(',')), versionText()));
  else write(1, plainText(output, options.switches));
  return 0;
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (problem) {
  if (!(problem instanceof UsageError) && problem.code !== 'ENOENT') throw problem;
  write(2, problem.message + '\n');
  process.exitCode = 1;
}

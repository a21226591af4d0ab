#!/usr/bin/env node
/** Checks every TypeScript file under a tree against `architecture.mjs`; prints each breach and exits with 1. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { browserDoors, doors, emptyNames, environmentReader, libraries, maxLines, pure } from './architecture.mjs';

const importPattern =
  /^\s*(?:import|export)\b[^'"]*?\bfrom\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm;

const root = process.argv[2] ?? process.cwd();
const breaches = sources(root).flatMap((path) => check(path, readFileSync(join(root, path), 'utf8')));
for (const breach of breaches) console.error(breach);
console.log(breaches.length === 0 ? 'architecture: kept' : `architecture: ${breaches.length} breaches`);
process.exit(breaches.length === 0 ? 0 : 1);

function sources(base) {
  const skip = new Set(['node_modules', 'dist', '.git', '.data', '.tap']);
  const walk = (folder) =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      if (skip.has(entry.name)) return [];
      const path = join(folder, entry.name);
      return entry.isDirectory() ? walk(path) : /\.ts$/.test(entry.name) ? [relative(base, path)] : [];
    });
  return walk(base);
}

function check(path, text) {
  const found = [];
  const say = (what) => found.push(`${path}: ${what}`);
  if (text.split('\n').length > maxLines) say(`has more than ${maxLines} lines: which second idea is in it?`);
  if (emptyNames.test(path)) say('bears a name that says nothing');
  const isTest = /(^|\/)test\//.test(path);
  if (!isTest && !environmentReader.test(path) && /process\.env\b/.test(text))
    say('reads the environment: only the config loader does');
  for (const specifier of specifiers(text)) checkImport(path, specifier, isTest, say);
  return found;
}

function specifiers(text) {
  return [...text.matchAll(importPattern)].map((match) => match[1] ?? match[2] ?? match[3]);
}

function checkImport(path, specifier, isTest, say) {
  const owner = packageOf(path);
  if (!isTest) {
    for (const { library, only } of libraries) {
      if (library.test(specifier) && !only.test(path)) say(`imports ${specifier}, which belongs behind ${only.source}`);
    }
    for (const { files, never } of pure)
      if (files.test(path) && never.test(specifier)) say(`is pure but imports ${specifier}`);
  }
  if (specifier.startsWith('@gapless/') && !specifier.startsWith('@gapless/shared/'))
    say(`imports a service: ${specifier}`);
  if (specifier.startsWith('@gapless/shared/') && owner === 'shared' && !isTest)
    say(`imports its own package by name: ${specifier}`);
  if (specifier.startsWith('.')) {
    const target = normalize(join(dirname(path), specifier));
    if (packageOf(target) !== owner) say(`reaches into another package: ${specifier}`);
    else if (owner === 'shared') checkDoor(path, target, isTest, say);
  }
  const door = doorOf(path);
  const nodeOnly = path.endsWith('/node.ts');
  if (browserDoors.includes(door) && !isTest && !nodeOnly && specifier.startsWith('node:'))
    say(`imports ${specifier} but must load in a browser`);
}

function checkDoor(path, target, isTest, say) {
  const from = doorOf(path);
  const to = doorOf(target);
  if (isTest || from === undefined || to === undefined || from === to) return;
  if (!(doors[from] ?? []).includes(to)) say(`the door ${from} may not lean on ${to}`);
  if (!target.endsWith(`${to}/index.ts`)) say(`goes past the door of ${to}: import its index.ts`);
}

function packageOf(path) {
  const [first, second] = path.split('/');
  return first === 'services' ? `services/${second}` : first;
}

function doorOf(path) {
  return /^shared\/src\/([a-z-]+)\//.exec(path)?.[1];
}

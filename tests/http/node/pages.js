// Prints what axe-core and html-validate find wrong in pages, as JSON. Usage: node pages.js FILE …
import { readFile } from 'node:fs/promises';
import axe from 'axe-core';
import { HtmlValidate } from 'html-validate';
import { JSDOM } from 'jsdom';

// Colours need a browser's layout, which jsdom has not: a test of ours computes their contrast.
const options = { resultTypes: ['violations', 'incomplete'], rules: { 'color-contrast': { enabled: false } } };
const validator = new HtmlValidate({ extends: ['html-validate:standard', 'html-validate:a11y'] });

async function accessibility(html) {
  const { window } = new JSDOM(html, { runScripts: 'outside-only' });
  // axe looks for an open dialog at points of the screen, which jsdom does not draw.
  window.document.elementFromPoint = () => null;
  window.eval(axe.source);
  const { violations, incomplete, passes } = await window.axe.run(window.document, options);
  window.close();
  const told = ({ id, nodes }) => ({ id, at: nodes.map((node) => node.html) });
  return { violations: violations.map(told), incomplete: incomplete.map(told), passed: passes.map(({ id }) => id) };
}

async function validity(html) {
  const report = await validator.validateString(html);
  return report.results.flatMap(({ messages }) => messages.map(({ ruleId, message, line }) => ({ ruleId, message, line })));
}

const found = {};
for (const file of process.argv.slice(2)) {
  const html = await readFile(file, 'utf-8');
  found[file] = { ...(await accessibility(html)), invalid: await validity(html) };
}
console.log(JSON.stringify(found));

import { strict as assert } from 'node:assert'
import { NicsteerError } from '../../src/base/errors.js'
import { errorLine } from '../../src/cli/errors.js'

describe('an error on the command line', () => {
  const LINES: [error: NicsteerError, line: string][] = [
    [new NicsteerError('CODE', 'what happened'), 'error: CODE: what happened'],
    [new NicsteerError('CODE', 'what happened', { hint: 'do this' }), 'error: CODE: what happened — do this'],
    [new NicsteerError('CODE', 'what', { file: 'a.yaml', hint: 'do' }), 'error: CODE: a.yaml: what — do'],
    [new NicsteerError('CODE', 'what', { file: 'a.yaml', line: 7, hint: 'do' }), 'error: CODE: a.yaml:7: what — do'],
    [new NicsteerError('CODE', 'first\n  second', { hint: 'do\nthis' }), 'error: CODE: first second — do this'],
  ]
  for (const [error, line] of LINES) {
    it(`is "${line}"`, () => assert.equal(errorLine(error), line))
  }
})

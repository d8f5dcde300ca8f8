/** Answers to all requests but those to run a cell. */
import { isCompleteCode } from 'tslab/dist/converter';
import { printQuickInfo } from 'tslab/dist/inspect';
import { complete, inspect } from '#jupyter/kernel/compiler';
import { variableDeclarations } from '#jupyter/kernel/runner';
import { kernelInfo } from './kernelInfo.cjs';

/** Content of those requests that are about code. */
export interface CodeRequest {
  readonly code: string;
  /** In Unicode characters; the compiler counts UTF-16 units. */
  readonly cursor_pos: number;
}

/** Type and content of the reply; undefined for requests that the kernel ignores. */
export function answerRequest(
  type: string,
  content: CodeRequest,
): readonly [type: string, content: object] | undefined {
  switch (type) {
    case 'kernel_info_request':
      return ['kernel_info_reply', kernelInfo];
    case 'is_complete_request':
      return ['is_complete_reply', completeness(content)];
    case 'complete_request':
      return ['complete_reply', completions(content)];
    case 'inspect_request':
      return ['inspect_reply', inspection(content)];
    case 'history_request':
      return ['history_reply', { status: 'ok', history: [] }];
    case 'comm_info_request':
      return ['comm_info_reply', { status: 'ok', comms: {} }];
    default:
      return undefined;
  }
}

function completeness({ code }: CodeRequest): object {
  const { completed, indent } = isCompleteCode(code);
  return completed ? { status: 'complete' } : { status: 'incomplete', indent };
}

function completions({ code, cursor_pos }: CodeRequest): object {
  const { start, end, candidates } = complete(
    variableDeclarations(),
    code,
    units(code, cursor_pos),
  );
  return {
    status: 'ok',
    matches: candidates,
    cursor_start: characters(code, start),
    cursor_end: characters(code, end),
    metadata: {},
  };
}

function inspection({ code, cursor_pos }: CodeRequest): object {
  const info = inspect(variableDeclarations(), code, units(code, cursor_pos));
  const data = info === undefined ? {} : { 'text/plain': printQuickInfo(info) };
  return { status: 'ok', found: info !== undefined, data, metadata: {} };
}

const units = (code: string, count: number): number =>
  Array.from(code).slice(0, count).join('').length;
const characters = (code: string, count: number): number => Array.from(code.slice(0, count)).length;

import { isIPv6 } from 'node:net'
import { parseIp } from '../../base/types.js'
import { ByteSource, ByteWriter } from '../netlink/bytes.js'
import { forEachMessage, writeMessage } from '../netlink/message.js'
import { uapi } from '../uapi.js'
import { asNew } from './as-new.js'
import { type Filter, filterRequest, readFilter } from './filter-message.js'

/** A field of a filter that would not reach the kernel as it is written. */
export interface Misread {
  /** From the filter down: `['match', 'encKeyId']`. */
  path: (string | number)[]
  /** undefined: it is missing. */
  given: unknown
  /** What the kernel would be told instead; undefined: nothing, no such field is known. */
  read: unknown
}

/**
 * The first field of a filter from outside (a file) that no codec knows, that is missing, or whose value doesn't fit. It is found by
 * encoding the filter, decoding that again, and comparing: so it holds for every key and action that has a codec. Fields that only the
 * kernel fills in ({@link asNew}) are not looked at, another spelling of the same address is none, nor is a mask of all bits.
 * @throws MalformedMessage, TypeError, RangeError, NicsteerError: it can't be encoded, or means nothing when it is decoded
 */
export function findMisread(filter: Filter): Misread | undefined {
  const given = asNew(filter)
  const encoded = encode(given)
  const read = decode(encoded, given)
  return compare(given, read && asNew(read), [], (path) =>
    Buffer.from(encoded).equals(encode(without(given, path) as Filter)),
  )
}

/** A decoded filter has one. */
const ANY_HANDLE = 1

function encode(filter: Filter): Uint8Array {
  const out = new ByteWriter(1024)
  const kind = filter.kind === 'raw' ? filter.name : filter.kind
  const options = filter.kind === 'flower' ? { flower: filter } : { other: filter }
  const handle = filter.handle ?? ANY_HANDLE
  writeMessage(out, filterRequest('check filter', uapi.RTM_NEWTFILTER, 0, filter, { handle, kind, ...options }), 0, 0)
  return out.written()
}

function decode(bytes: Uint8Array, { ifindex, parent }: Filter): Filter | undefined {
  let filter: Filter | undefined
  forEachMessage(new ByteSource(bytes), bytes.length, (message) => {
    filter = readFilter(message, { ifindex, parent })
  })
  return filter
}

type Path = Misread['path']

/** @param meansNothing whether the encoded bytes are the same without what the path names */
function compare(
  given: unknown,
  read: unknown,
  path: Path,
  meansNothing: (path: Path) => boolean,
): Misread | undefined {
  if (isObject(given) && isObject(read)) {
    for (const key of new Set([...Object.keys(given), ...Object.keys(read)])) {
      const at = Array.isArray(given) ? Number(key) : key
      const found = compare(valueAt(given, at), valueAt(read, at), [...path, at], meansNothing)
      if (found !== undefined) return found
    }
    return undefined
  }
  if (given === read || (given === false && read === undefined)) return undefined
  if (typeof given === 'string' && typeof read === 'string' && canonicalText(given) === read.toLowerCase())
    return undefined
  // What is dropped on reading though it was written said nothing new: a mask of all bits.
  if (read === undefined && !meansNothing(path)) return undefined
  return { path, given, read }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function valueAt(value: unknown, key: string | number): unknown {
  return (value as Record<string | number, unknown>)[key]
}

function canonicalText(text: string): string {
  return isIPv6(text) && !text.includes('%') ? parseIp(text) : text.toLowerCase()
}

/** A copy without what the path names. */
function without(value: unknown, [key, ...rest]: Path): unknown {
  if (key === undefined || !isObject(value)) return value
  if (Array.isArray(value)) {
    return rest.length === 0
      ? value.filter((_, at) => at !== key)
      : value.map((one, at) => (at === key ? without(one, rest) : one))
  }
  const { [key]: part, ...others } = value as Record<string | number, unknown>
  return rest.length === 0 ? others : { ...value, [key]: without(part, rest) }
}

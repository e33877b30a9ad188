import { readFileSync } from 'node:fs'
import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { NicsteerError } from '../../base/errors.js'
import { askLater, isReplayed, notInBundle } from '../../base/transcript.js'
import { type OvsdbAddress, showAddress } from './address.js'
import { JsonFraming } from './framing.js'
import { refusalIn } from './refusal.js'
import { WITHOUT_SECRETS } from './secrets.js'

/** PEM files for `ssl:`; those of Open vSwitch's own SSL table, as a rule. */
export interface TlsFiles {
  privateKey: string
  certificate: string
  caCert: string
}

export interface ConnectionOptions {
  /** How long to wait for the connection, and for each answer. */
  seconds: number
  tls?: TlsFiles | undefined
}

type NotificationHandler = (method: string, params: readonly unknown[]) => void

interface Pending {
  method: string
  resolve: (result: unknown) => void
  reject: (error: Error) => void
  timer: NodeJS.Timeout
}

/** JSON-RPC 1.0 over one socket (RFC 7047 section 4). The server's echo requests are answered. */
export class JsonRpcConnection implements Disposable {
  readonly address: string
  readonly #socket: Socket | undefined
  readonly #seconds: number
  readonly #framing = new JsonFraming()
  readonly #pending = new Map<number, Pending>()
  readonly #onNotification = new Set<NotificationHandler>()
  readonly #onClosed = new Set<(error: NicsteerError) => void>()
  #closed: NicsteerError | undefined
  #nextId = 0

  /** @throws NicsteerError OVSDB_UNREACHABLE */
  static async open(address: OvsdbAddress, options: ConnectionOptions): Promise<JsonRpcConnection> {
    const shown = showAddress(address)
    let socket: Socket | undefined
    await askLater('ovsdb', `open ${shown}`, async () => {
      socket = await openSocket(address, options)
      return true
    })
    if (!isReplayed()) socket ??= await openSocket(address, options)
    return new JsonRpcConnection(socket, shown, options.seconds)
  }

  /** @param socket none where a transcript answers in the server's place */
  private constructor(socket: Socket | undefined, address: string, seconds: number) {
    this.address = address
    this.#socket = socket
    this.#seconds = seconds
    if (socket === undefined) return
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('error', (cause) => this.#close(`the connection to ${address} broke: ${cause.message}`, cause))
    socket.on('close', () => this.#close(`${address} closed the connection`))
  }

  /**
   * Sends a request and waits for its answer.
   * @throws OvsdbRefusal; NicsteerError OVSDB_TIMEOUT, OVSDB_CLOSED, OVSDB_PROTOCOL
   */
  request(method: string, params: readonly unknown[]): Promise<unknown> {
    const question = `${this.address} ${method} ${JSON.stringify(params)}`
    return askLater('ovsdb', question, () => this.#request(method, params), WITHOUT_SECRETS)
  }

  #request(method: string, params: readonly unknown[]): Promise<unknown> {
    const socket = this.#socket
    if (socket === undefined) return Promise.reject(notInBundle('ovsdb', method))
    if (this.#closed !== undefined) return Promise.reject(this.#closed)
    const id = this.#nextId
    this.#nextId += 1
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(id)
        const what = `${this.address} did not answer ${method} within ${this.#seconds} s`
        reject(new NicsteerError('OVSDB_TIMEOUT', what, { hint: 'see whether the server is busy' }))
      }, this.#seconds * 1000)
      this.#pending.set(id, { method, resolve, reject, timer })
      socket.write(JSON.stringify({ method, params, id }))
    })
  }

  /** @returns a function that ends it */
  onNotification(handler: NotificationHandler): () => void {
    this.#onNotification.add(handler)
    return () => this.#onNotification.delete(handler)
  }

  /** @returns a function that ends it */
  onClosed(handler: (error: NicsteerError) => void): () => void {
    this.#onClosed.add(handler)
    return () => this.#onClosed.delete(handler)
  }

  [Symbol.dispose](): void {
    this.#close('the connection is closed')
    this.#socket?.destroy()
  }

  #receive(chunk: Buffer): void {
    try {
      for (const message of this.#framing.push(chunk)) this.#handle(message as Partial<Record<string, unknown>>)
    } catch (error) {
      if (!(error instanceof NicsteerError)) throw error
      this.#fail(error)
      this.#socket?.destroy()
    }
  }

  #handle({ id, method, params, result, error }: Partial<Record<string, unknown>>): void {
    if (typeof method !== 'string') {
      const pending = typeof id === 'number' ? this.#pending.get(id) : undefined
      if (pending === undefined) return // an answer after its time limit
      this.#pending.delete(id as number)
      clearTimeout(pending.timer)
      const refusal = refusalIn(`${this.address} refused ${pending.method}`, error)
      if (refusal === undefined) pending.resolve(result)
      else pending.reject(refusal)
    } else if (method === 'echo') {
      // RFC 7047 section 4.1.11: both sides ask it, to see that the other is alive.
      this.#socket?.write(JSON.stringify({ result: params, error: null, id }))
    } else if (id === null || id === undefined) {
      for (const handler of this.#onNotification) handler(method, Array.isArray(params) ? params : [])
    }
  }

  #close(what: string, cause?: Error): void {
    this.#fail(new NicsteerError('OVSDB_CLOSED', what, { hint: 'see whether the server still runs', cause }))
  }

  #fail(error: NicsteerError): void {
    if (this.#closed !== undefined) return
    this.#closed = error
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer)
      reject(error)
    }
    this.#pending.clear()
    for (const handler of this.#onClosed) handler(error)
  }
}

function openSocket(address: OvsdbAddress, { seconds, tls }: ConnectionOptions): Promise<Socket> {
  const shown = showAddress(address)
  return new Promise((resolve, reject) => {
    const socket = newSocket(address, tls)
    const unreachable = (why: string, cause?: Error) => {
      clearTimeout(timer)
      socket.destroy()
      const hint = 'check that ovsdb-server runs and listens there'
      reject(new NicsteerError('OVSDB_UNREACHABLE', `${shown}: ${why}`, { hint, cause }))
    }
    const failed = (error: NodeJS.ErrnoException) => unreachable(error.code ?? error.message, error)
    const timer = setTimeout(() => unreachable(`no connection within ${seconds} s`), seconds * 1000)
    socket.once('error', failed)
    socket.once(address.kind === 'ssl' ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer)
      socket.off('error', failed)
      resolve(socket)
    })
  })
}

function newSocket(address: OvsdbAddress, tls: TlsFiles | undefined): Socket {
  if (address.kind === 'unix') return connectPlain({ path: address.path })
  const { host, port } = address
  if (address.kind === 'tcp') return connectPlain({ host, port })
  if (tls === undefined) {
    const hint = 'ovs-vsctl set-ssl KEY CERTIFICATE CA-CERTIFICATE'
    throw new NicsteerError('OVSDB_NO_TLS', `${showAddress(address)} needs a key and certificates`, { hint })
  }
  return connectTls({
    host,
    port,
    key: readPem(tls.privateKey),
    cert: readPem(tls.certificate),
    ca: readPem(tls.caCert),
    // As in Open vSwitch (lib/stream-ssl.c): the certificate has to be of our CA; names in it are not host names.
    checkServerIdentity: () => undefined,
  })
}

function readPem(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const hint = 'ovs-vsctl get-ssl shows the files'
    throw new NicsteerError('OVSDB_NO_TLS', `${path} cannot be read: ${code}`, { hint, cause: error })
  }
}

/** OVSDB: a client of Open vSwitch's and OVN's databases (RFC 7047, ovsdb-server(7)). */
export { type OvsdbAddress, parseAddresses, showAddress } from './address.js'
export { type Found, Ovsdb, type OvsdbOptions } from './client.js'
export type { TlsFiles } from './connection.js'
export { type Change, Monitor, type Watched } from './monitor.js'
export * from './operation.js'
export { OvsdbRefusal } from './refusal.js'
export { map, maybe, one, type RowOf, set, since, type Table, table, type Uuid } from './table.js'

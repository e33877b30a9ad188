/** The kernel's connection tracking. */
export { countOffloaded, type OffloadedConnections } from './offloaded.js'

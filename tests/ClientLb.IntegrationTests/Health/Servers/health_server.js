// A server of grpc.health.v1 on @grpc/grpc-js. Usage: health_server.js ADDRESS; says its port, then takes orders as health_server.py does.
const grpc = require('@grpc/grpc-js');
const statuses = { UNKNOWN: 0, SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 };
const known = new Map([['', 'SERVING']]);
const watches = new Set();

const nameOf = (request) => (request.length ? request.subarray(2, 2 + request[1]).toString() : '');
const message = (status) => (statuses[status] ? Buffer.from([8, statuses[status]]) : Buffer.alloc(0));
const method = (path, responseStream) => ({
  path: `/grpc.health.v1.Health/${path}`, requestStream: false, responseStream,
  requestSerialize: (x) => x, requestDeserialize: (x) => x, responseSerialize: (x) => x, responseDeserialize: (x) => x,
});

const server = new grpc.Server();
server.addService({ Check: method('Check', false), Watch: method('Watch', true) }, {
  Check(call, done) {
    const status = known.get(nameOf(call.request));
    done(status ? null : { code: grpc.status.NOT_FOUND, details: 'unknown service' }, status && message(status));
  },
  Watch(call) {
    const watch = { call, name: nameOf(call.request) };
    watches.add(watch);
    call.on('cancelled', () => watches.delete(watch));
    call.write(message(known.get(watch.name) || 'SERVICE_UNKNOWN'));
  },
});
server.bindAsync(`${process.argv[2]}:0`, grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) { throw error; }
  console.log(port);
});
require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const [name, status] = line.trim().split(/\s+/);
  if (name === 'end') {
    watches.forEach((watch) => watch.call.end());
    watches.clear();
  } else {
    known.set(name === '-' ? '' : name, status);
    watches.forEach((watch) => (watch.name === (name === '-' ? '' : name)) && watch.call.write(message(status)));
  }
  console.log('ok');
}).on('close', () => process.exit(0));

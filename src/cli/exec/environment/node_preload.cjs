'use strict';
// Written by `nicepay-sim exec`. Leads TLS connections to NICEPAY's hosts through the simulator's proxy, and leaves all
// others alone. Later versions of Node read HTTPS_PROXY themselves (NODE_USE_ENV_PROXY=1), but not where a client has an
// agent of its own. What they have connected already comes here as a socket, and is left alone too.
(() => {
  const net = require('net');
  const tls = require('tls');
  const { Duplex } = require('stream');
  const hosts = new Set(NICEPAY_HOSTS);

  // A stream to `target` that the caller can write to at once: what it writes is sent when the proxy has connected.
  function tunnel(target) {
    const proxy = net.connect(PROXY_PORT, PROXY_HOST);
    let isOpen = false;
    let held = null;
    let answer = Buffer.alloc(0);
    const stream = new Duplex({
      write(chunk, encoding, callback) {
        if (isOpen) proxy.write(chunk, encoding, callback);
        else held = () => proxy.write(chunk, encoding, callback);
      },
      final(callback) {
        proxy.end(callback);
      },
      read() {
        proxy.resume();
      },
      destroy(error, callback) {
        proxy.destroy();
        callback(error);
      },
    });
    proxy.on('connect', () => proxy.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`));
    proxy.on('data', (chunk) => {
      if (isOpen) {
        if (!stream.push(chunk)) proxy.pause();
        return;
      }
      answer = Buffer.concat([answer, chunk]);
      const end = answer.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = answer.subarray(0, end).toString('latin1');
      if (!/^HTTP\/1\.[01] 200/.test(head)) {
        stream.destroy(new Error(`the proxy of nicepay-sim does not connect to ${target}: ${head.split('\r\n')[0]}`));
        return;
      }
      isOpen = true;
      const rest = answer.subarray(end + 4);
      if (rest.length > 0) stream.push(rest);
      if (held) held();
      held = null;
    });
    proxy.on('end', () => {
      if (isOpen) stream.push(null);
      else stream.destroy(new Error(`the proxy of nicepay-sim closed the connection to ${target}`));
    });
    proxy.on('error', (error) => stream.destroy(error));
    proxy.on('close', () => stream.destroy());
    for (const name of ['ref', 'unref', 'setNoDelay', 'setKeepAlive']) {
      stream[name] = (...args) => {
        proxy[name](...args);
        return stream;
      };
    }
    return stream;
  }

  // The arguments of tls.connect: (options, callback), (port, host, options, callback), or fewer.
  function optionsOf(args) {
    const options = {};
    for (const arg of args) {
      if (arg !== null && typeof arg === 'object') Object.assign(options, arg);
    }
    if (typeof args[0] !== 'object') {
      options.port = args[0];
      if (typeof args[1] === 'string') options.host = args[1];
    }
    return options;
  }

  const connect = tls.connect;
  tls.connect = function (...args) {
    const options = optionsOf(args);
    const host = String(options.host || '').toLowerCase();
    if (options.socket || options.path || !hosts.has(host)) return connect.apply(this, args);
    const callback = args.find((arg) => typeof arg === 'function');
    const target = `${host}:${options.port || 443}`;
    const through = tunnel(target);
    const socket = connect.call(this, { ...options, servername: options.servername || host, socket: through }, callback);
    // An idle connection that an agent keeps must not keep the process.
    for (const name of ['ref', 'unref']) {
      const own = socket[name];
      socket[name] = function (...args) {
        through[name]();
        return own.apply(this, args);
      };
    }
    return socket;
  };
  require('module').syncBuiltinESMExports();
})();

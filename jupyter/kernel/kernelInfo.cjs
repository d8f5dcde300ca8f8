// @ts-check
const typescript = require('@tslab/typescript-for-tslab/package.json');
const tslab = require('tslab/package.json');
const { protocolVersion } = require('./message.cjs');

/** Content of `kernel_info_reply`. */
const kernelInfo = {
  status: 'ok',
  protocol_version: protocolVersion,
  implementation: 'tslab',
  implementation_version: tslab.version,
  banner: `TypeScript ${typescript.version} (tslab ${tslab.version}) on Node ${process.versions.node}`,
  language_info: {
    name: 'typescript',
    version: typescript.version,
    mimetype: 'text/typescript',
    file_extension: '.ts',
    codemirror_mode: { name: 'javascript', typescript: true },
    pygments_lexer: 'typescript',
  },
};

module.exports = { kernelInfo };

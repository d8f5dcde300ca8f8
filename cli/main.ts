// npx quantization-lab: the quantizers on ONNX files, from the command line.
import { Command } from 'commander';
import { compareCommand } from '#cli/compare';
import { inspectCommand } from '#cli/inspect';
import { quantizeCommand } from '#cli/quantize';
import { runCommand } from '#setup/interrupt';

const program = new Command('quantization-lab')
  .description('Quantizes feed-forward ONNX models, looks into them, and compares them.')
  .addCommand(quantizeCommand())
  .addCommand(inspectCommand())
  .addCommand(compareCommand());

void runCommand(async () => {
  await program.parseAsync();
});

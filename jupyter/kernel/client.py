"""A Jupyter client for the tests of the kernel: jupyter_client, driven by JSON.

Each line of standard input is a request {"do": ..., ...}, each line of standard output its answer.
"""

import json
import sys

from jupyter_client.manager import start_new_kernel

TIMEOUT = 60


class Client:
    def __init__(self, kernel_name):
        # What the kernel's process itself prints must not mix with the answers.
        self.manager, self.client = start_new_kernel(
            kernel_name=kernel_name, startup_timeout=TIMEOUT, stdout=sys.stderr.fileno()
        )

    def execute(self, cells, stop_on_error=True, interrupt=False):
        """Sends cells at once. Interrupts the kernel when a cell prints, if `interrupt` is set."""
        requests = [self.client.execute(cell, stop_on_error=stop_on_error) for cell in cells]
        outputs = {request: [] for request in requests}
        idle = set()
        while len(idle) < len(requests):
            message = self.client.get_iopub_msg(timeout=TIMEOUT)
            request = message["parent_header"].get("msg_id")
            if request not in outputs:
                continue
            if message["content"].get("execution_state") == "idle":
                idle.add(request)
            elif message["msg_type"] != "status":
                outputs[request].append({"type": message["msg_type"], **message["content"]})
            if interrupt and message["msg_type"] == "stream":
                interrupt = False
                self.manager.interrupt_kernel()
        return [{"reply": self.reply(request), "outputs": outputs[request]} for request in requests]

    def ask(self, method, arguments):
        """Any other request, such as `complete`: returns the content of the reply."""
        return self.reply(getattr(self.client, method)(*arguments))

    def reply(self, request):
        while True:
            message = self.client.get_shell_msg(timeout=TIMEOUT)
            if message["parent_header"].get("msg_id") == request:
                return message["content"]

    def interrupt(self):
        self.manager.interrupt_kernel()

    def restart(self):
        self.manager.restart_kernel(now=False)
        self.client.wait_for_ready(timeout=TIMEOUT)

    def process(self):
        return self.manager.provisioner.pid

    def shutdown(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel()


def main(kernel_name):
    client = Client(kernel_name)
    for line in sys.stdin:
        request = json.loads(line)
        answer = getattr(client, request.pop("do"))(**request)
        print(json.dumps(answer, default=str), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Executes one notebook in a fresh kernel: run_notebook.py KERNEL NOTEBOOK OUTPUT

Writes the executed notebook, also after a failure, and reports on standard output, one JSON object a
line: {"cell", "of", "heading"} when a cell starts, {"progress"} when it shows how far it has come,
{"warning"} when it warns,
{"ready"} when the first cell has ended, in seconds from the start of the kernel, {"memory"} at the end,
the most bytes that a process of the notebook held, and then {"failure": {"cell", "heading",
"traceback"}} if a cell failed; the exit code is then 1.
"""

import json
import os
import sys
import time

import nbformat
from jupyter_client.kernelspec import get_kernel_spec
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError


def main(kernel_name, notebook_path, output_path):
    notebook = read(notebook_path)
    client = Client(notebook, kernel_name=kernel_name, timeout=None, record_timing=False)
    failure = None
    client.started = time.monotonic()
    try:
        # What the kernel's process itself prints must not mix with the reports.
        client.execute(stdout=sys.stderr.fileno())
    except CellExecutionError:
        failure = error_output(client.cell)["traceback"]
    except DeadKernelError:
        failure = ["The kernel ended. It may have run out of memory, or code in the cell ended it."]
        client.cell.outputs.append(
            nbformat.v4.new_output("error", ename="KernelEnded", evalue=failure[0], traceback=failure)
        )
    spec = get_kernel_spec(kernel_name)
    notebook.metadata["kernelspec"] = {
        "name": kernel_name,
        "display_name": spec.display_name,
        "language": spec.language,
    }
    try:
        write(notebook, output_path)
    except OSError as error:
        sys.exit(
            f"{output_path} can't be written: {error.strerror}. Make room, or make the folder writable, "
            "and run this again."
        )
    report_memory()
    if failure:
        report(failure={**client.place, "traceback": failure})
    return 1 if failure else 0


class Client(NotebookClient):
    """Says what it does; checks after the last cell that no work which a cell started has failed since."""

    cell = None
    place = None
    ready = False

    async def async_execute_cell(self, cell, cell_index, **options):
        if cell.cell_type == "code":
            self.cell = cell
            self.place = describe_place(self.nb, cell_index)
            report(**self.place)
        await super().async_execute_cell(cell, cell_index, **options)
        if cell.cell_type == "code" and not self.ready:
            self.ready = True
            report(ready=time.monotonic() - self.started)
        if cell_index == len(self.nb.cells) - 1:
            await self.check_leftovers()
        return cell

    async def check_leftovers(self):
        # The kernel fails whatever it runs next: here, nothing.
        reply = await self.kc.execute("", silent=True, reply=True)
        content = reply["content"]
        if content["status"] == "error":
            error = {key: content[key] for key in ("ename", "evalue", "traceback")}
            self.cell.outputs.append(nbformat.v4.new_output("error", **error))
            raise CellExecutionError.from_cell_and_msg(self.cell, content)

    def process_message(self, msg, cell, cell_index):
        if msg["msg_type"] == "update_display_data":
            report(progress=msg["content"]["data"].get("text/plain", ""))
        elif msg["msg_type"] == "stream" and msg["content"]["name"] == "stderr":
            report(warning=msg["content"]["text"])
        return super().process_message(msg, cell, cell_index)


def describe_place(notebook, index):
    """Number of a code cell among all, and the heading above it."""
    cells = notebook.cells
    code = [number for number, cell in enumerate(cells) if cell.cell_type == "code"]
    headings = [
        line.lstrip("# ")
        for cell in cells[:index]
        if cell.cell_type == "markdown"
        for line in cell.source.splitlines()
        if line.startswith("#")
    ]
    return {"cell": code.index(index) + 1, "of": len(code), "heading": (headings or [""])[-1]}


def error_output(cell):
    return next(output for output in cell.outputs if output.output_type == "error")


def read(path):
    """Reads a notebook. Cells without an id get one by their place: the same in each run."""
    with open(path, encoding="utf-8") as file:
        content = json.load(file)
    for index, cell in enumerate(content["cells"]):
        cell.setdefault("id", f"cell-{index}")
    content["nbformat_minor"] = max(content["nbformat_minor"], 5)
    return nbformat.reads(json.dumps(content), as_version=4)


def write(notebook, path):
    partial = f"{path}.partial"
    nbformat.write(notebook, partial)
    os.replace(partial, path)


def report_memory():
    try:
        import resource
    except ImportError:  # Windows
        return
    # Of the largest process that has ended: the kernel, or what it started. Linux counts in KiB.
    unit = 1 if sys.platform == "darwin" else 1024
    report(memory=resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit)


def report(**event):
    print(json.dumps(event), flush=True)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

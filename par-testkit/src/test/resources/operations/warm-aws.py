"""Runs commands of the AWS CLI, each in a fork of one process that has imported the CLI.

The import takes half of the time of a command. The arguments are the CLI's own script and the path of the socket, in
a folder of its own. A client sends its streams, directory, arguments and variables, and gets the exit code. The end
of stdin ends it.
"""
import contextlib
import io
import marshal
import os
import runpy
import select
import shutil
import signal
import socket
import sys


def run(cli, words):
    """Runs the CLI's script and returns its exit code."""
    sys.argv = [cli, *words]
    try:
        runpy.run_path(cli, run_name="__main__")
        return 0
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1


def serve(connection, cli, data):
    """Runs one command as if it had been started with the streams, the directory and the variables of the client."""
    size, streams, _, _ = socket.recv_fds(connection, 8, 3)
    request = b""
    while len(request) < int(size):
        request += connection.recv(1 << 16)
    folder, words, variables = marshal.loads(request)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin = open(0, encoding="utf-8", closefd=False)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False, buffering=1)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    # The import sets it; without it the CLI does not find its descriptions of the services.
    os.environ.setdefault("AWS_DATA_PATH", data)
    code = run(cli, words)
    sys.stdout.flush()
    connection.sendall(b"%3d" % code)


def main(cli, address):
    with contextlib.redirect_stdout(io.StringIO()):
        run(cli, ["--version"])
    data = os.environ.get("AWS_DATA_PATH", "")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen(64)
    # The system reaps the children.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    while True:
        readable, _, _ = select.select([0, listener], [], [])
        if 0 in readable:
            shutil.rmtree(os.path.dirname(address), ignore_errors=True)
            return
        connection, _ = listener.accept()
        if os.fork() == 0:
            try:
                listener.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                serve(connection, cli, data)
            except BaseException:
                # Without an exit code, the client fails.
                sys.excepthook(*sys.exc_info())
            finally:
                sys.stderr.flush()
                os._exit(0)
        connection.close()


main(*sys.argv[1:])

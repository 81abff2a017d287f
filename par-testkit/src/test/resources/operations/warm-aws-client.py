import marshal
import os
import sys
from _socket import AF_UNIX, SCM_RIGHTS, SOL_SOCKET, socket

request = marshal.dumps((os.getcwd(), sys.argv[1:], dict(os.environ)))
streams = b"".join(number.to_bytes(4, sys.byteorder) for number in range(3))
server = socket(AF_UNIX)
server.connect("@SOCKET@")
server.sendmsg([b"%8d" % len(request)], [(SOL_SOCKET, SCM_RIGHTS, streams)])
while request:
    request = request[server.send(request) :]
code = server.recv(3)
if not code:
    sys.exit("warm-aws: the command ended without an exit code")
sys.exit(int(code))

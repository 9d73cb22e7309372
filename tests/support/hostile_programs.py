"""Programs that try to pass without being right, to see what they must not, or to do harm. Each is the body of ``f(x)``
or a whole program; none may pass ``assert f(20) == 41 and f(1) == 3``.
"""

BODIES = {
    "prints the marker": "print('1.0', 'passed', 'OK', 'SCORED'); return 0",
    "exits with 0": "import sys; sys.exit(0)",
    "ends at once": "import os; os._exit(0)",
    "returns what equals everything": "return type('E', (), {'__eq__': lambda s, o: True, '__hash__': lambda s: 0})()",
    "an int that equals everything": "return type('I', (int,), {'__eq__': lambda s, o: True, '__ne__': lambda s, o: False})(7)",
    "a str that equals everything": "return type('S', (str,), {'__eq__': lambda s, o: True})('x')",
    "a float that equals everything": "return type('F', (float,), {'__eq__': lambda s, o: True})(0.5)",
    "a list that equals everything": "return type('L', (list,), {'__eq__': lambda s, o: True})([1])",
    "raises AssertionError": "raise AssertionError",
    "raises what is a SystemExit": "raise type('A', (SystemExit,), {})(0)",
    "raises KeyboardInterrupt": "raise KeyboardInterrupt",
    "raises StopIteration": "raise StopIteration(41)",
    "raises GeneratorExit": "raise GeneratorExit",
    "raises an exception whose text raises": "raise type('E', (Exception,), {'__str__': lambda s: 1 / 0})()",
    "walks the frames": (
        "import sys\n    g = sys._getframe()\n    while g:\n        for v in list(g.f_locals.values()) + list(g.f_globals.values()):\n"
        "            if v == 41: return 41\n        g = g.f_back\n    return 0"
    ),
    "looks at every object": "import gc\n    return 41 if any(o == 'assert f(20) == 41' for o in gc.get_objects()) else 0",
    "reads its own memory": "return 41 if b'== 41' in open('/proc/self/mem', 'rb').read(10) else 0",
    "reads the judge's memory": "import os\n    open('/proc/%d/mem' % os.getppid(), 'rb').read(10); return 0",
    "lists the judge's files": "import os\n    os.listdir('/proc/%d/fd' % os.getppid()); return 0",
    "kills the judge": "import os\n    os.kill(os.getppid(), 9); return 0",
    "kills everything": "import os\n    os.kill(-1, 9); return 0",
    "stops the judge": "import os\n    os.kill(os.getppid(), 19); return 0",
    "writes a marker to every file": (
        "import os\n    for fd in range(200):\n        try: os.write(fd, b'0000000011t1:s5:right')\n        except OSError: pass\n    return 0"
    ),
    "answers in the child's place": (
        "import os\n    from wire import send\n    for fd in range(200):\n        try: send(fd, ('returned', True, None))\n"
        "        except OSError: pass\n    return 0"
    ),
    "answers ahead from a thread": (
        "import threading, time, os\n    from wire import send\n    def go():\n        for fd in range(3, 20):\n            try: send(fd, ('right', '', ''))\n"
        "            except OSError: pass\n    threading.Thread(target=go).start(); time.sleep(.1); return 0"
    ),
    "passes at exit": "import atexit, os\n    atexit.register(os._exit, 0); return 0",
    "a destructor that exits": "import os\n    class D:\n        def __del__(self): os._exit(0)\n    D(); return 0",
    "a thread that exits": "import threading, os\n    threading.Thread(target=os._exit, args=(0,)).start(); return 0",
    "forks and lets the child answer": "import os\n    return 0 if os.fork() else 0",
    "a fork bomb": "import os\n    while True:\n        try: os.fork()\n        except OSError: return 0",
    "endless": "while True: pass",
    "sleeps": "import time; time.sleep(100)",
    "fills the memory": "return len([bytearray(1 << 20) for _ in range(10_000)])",
    "fills the disk": (
        "import os\n    for i in range(1000):\n        open(f'/tmp/{i}', 'wb').write(b'x' * (1 << 20))\n    return 0"
    ),
    "opens many files": "return len([open('/dev/null') for _ in range(10_000)])",
    "prints without end": "while True: print('x' * 1_000_000)",
    "a giant answer": "return 'x' * (1 << 28)",
    "a bottomless answer": "a = []\n    a.append(a)\n    return a",
    "an endless iterator": "import itertools\n    return itertools.count()",
    "a null byte": "return '\\0'",
    "a lone surrogate": "return '\\ud800'",
    "changes its argument's class": "import builtins; builtins.int = lambda *a: 41; return 0",
    "patches the encoder": "import wire\n    wire.encode = lambda *a: b'T'; return 0",
    "patches exec and compile": "import builtins\n    builtins.exec = builtins.compile = lambda *a, **k: None; return 0",
    "recursion": "return f(x)",
    "a crash of the interpreter": "import ctypes; ctypes.string_at(0)",
}

PROGRAMS = {
    "defines check": "def f(x): return 0\ndef check(candidate): pass\n",
    "defines assertions away": "__debug__ = False\nAssertionError = SystemExit\ndef f(x): return 0\n",
    "exits while it is read": "import sys; sys.exit(0)",
    "ends while it is read": "import os; os._exit(0)",
    "does not parse": "def f(x: return",
    "says nothing": "",
    "a null byte in the source": "def f(x): return 41\0",
    "replaces f for the judge": "def f(x): return 0\nimport sys\nsys.modules['builtins'].__dict__['f'] = lambda x: 41\n",
}

REACHES = {
    "the password file": "open('/etc/passwd').read()",
    "the shadow file": "open('/etc/shadow').read()",
    "a home": "__import__('os').listdir('/root') + __import__('os').listdir('/home')",
    "the process table": "__import__('os').listdir('/proc')",
    "the environment": "dict(__import__('os').environ)['PATH_OF_TEST']",
    "a secret of the machine": "open('{secret}').read()",
    "the network": "__import__('socket').create_connection(('127.0.0.1', {port}), 2)",
    "a local socket": "__import__('socket').socket(__import__('socket').AF_UNIX)",
    "mounts": "__import__('ctypes').CDLL(None, use_errno=True).mount(b'none', b'/tmp', b'tmpfs', 0, None) == 0 or 1 / 0",
    "a user namespace": "__import__('ctypes').CDLL(None).unshare(0x10000000) == 0 or 1 / 0",
    "the harness": "open('/judge/start.pyc', 'ab').write(b'x')",
    "the interpreter": "open('/usr/lib/x', 'w')",
    "root": "__import__('os').setuid(0)",
    "ptrace": "__import__('ctypes').CDLL(None).ptrace(16, __import__('os').getppid(), 0, 0) == 0 or 1 / 0",
}
"""Expressions that must raise."""

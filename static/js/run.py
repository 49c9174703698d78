import ast, asyncio, builtins, inspect, linecache, sys, traceback

def open_console(picture):
    """Makes the function that runs one text, as a notebook runs a cell, and says whether it failed."""
    name = "main.py"
    kinds = (("_repr_png_", "image/png"), ("_repr_jpeg_", "image/jpeg"), ("_repr_svg_", "image/svg+xml"))
    magic = ((b"\x89PNG\r\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"))

    def show(data, media_type):
        sys.stdout.flush()
        picture(data.encode() if isinstance(data, str) else bytes(data), media_type)

    def display(*values):
        for value in values:
            if not show_picture(value):
                print(value if isinstance(value, str) else repr(value))

    def show_picture(value):
        if isinstance(value, (bytes, bytearray)):
            for begins, media_type in magic:
                if value.startswith(begins):
                    show(value, media_type)
                    return True
            return False
        for method, media_type in kinds:
            make = getattr(value, method, None)
            if callable(make) and not isinstance(value, type):
                data = make()
                if isinstance(data, tuple):
                    data = data[0]
                if data is not None:
                    show(data, media_type)
                    return True
        return False

    def no_input(prompt=""):
        raise EOFError("input() cannot ask anybody here. Put the value into the code instead, such as name = \"Ada\".")

    async def evaluate(tree, mode, names):
        code = compile(tree, name, mode, flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        result = eval(code, names)
        if code.co_flags & inspect.CO_COROUTINE:
            result = await result
        return result

    async def run_tree(source):
        names = {"__name__": "__main__", "__file__": name, "__builtins__": builtins}
        tree = ast.parse(source, name)
        last = None
        if tree.body and isinstance(tree.body[-1], ast.Expr):
            last = ast.Expression(tree.body.pop().value)
        await evaluate(tree, "exec", names)
        if last is not None:
            value = await evaluate(last, "eval", names)
            if value is not None and not show_picture(value):
                print(repr(value))

    def explain(error):
        if isinstance(error, ModuleNotFoundError):
            error.add_note(f"Only Python's standard library is here: {error.name or 'this module'} cannot be installed, as nothing is fetched from elsewhere.")
        elif isinstance(error, OSError) and not isinstance(error, (FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError, PermissionError, EOFError)):
            error.add_note("The code runs without a network: nothing outside of this console can be reached.")

    def report(error):
        explain(error)
        frames = error.__traceback__
        while frames is not None and frames.tb_frame.f_code.co_filename != name:
            frames = frames.tb_next
        for line in traceback.TracebackException(type(error), error, frames).format():
            sys.stderr.write(line)

    async def leave():
        for task in asyncio.all_tasks():
            if task is not asyncio.current_task():
                task.cancel()
        sys.stdout.flush()
        sys.stderr.flush()

    async def run(source):
        linecache.cache[name] = (len(source), None, source.splitlines(True), name)
        builtins.input, builtins.display = no_input, display
        try:
            await run_tree(source)
            return False
        except SystemExit as end:
            if end.code in (None, 0):
                return False
            sys.stderr.write(f"The code ended itself with {end.code!r}.\n")
            return True
        except BaseException as error:
            report(error)
            return True
        finally:
            await leave()

    return run

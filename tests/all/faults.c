/* Faults on demand, for the tests: loaded before the C library, it counts the calls by which
 * a program changes files, and lets a fault strike at one of them. So every moment of a run
 * can be tried, one after the other, and again tomorrow: no luck, no waiting.
 *
 * FAULTS_UNDER   only calls on files below this folder count
 * FAULTS_AT      the number of the call at which the fault strikes; 0: never
 * FAULTS_DO      kill    the process is gone before the call, as by SIGKILL
 *                torn    a write puts down half of its bytes, then the process is gone
 *                full    this call and all later ones that need room fail: ENOSPC
 *                broken  this call alone fails: EIO
 * FAULTS_LOG     one line for each counted call, and one for each write to standard
 *                output and standard error, in their order
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long calls;
static atomic_int is_full;

static void say(const char *call, const char *path) {
    const char *log = getenv("FAULTS_LOG");
    if (!log) return;
    int fd = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd < 0) return;
    char line[PATH_MAX + 32];
    int n = snprintf(line, sizeof line, "%s %s\n", call, path);
    syscall(SYS_write, fd, line, (size_t)n);
    syscall(SYS_close, fd);
}

static void die(void) {
    syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
    for (;;) pause();
}

/* Whether the path lies below FAULTS_UNDER. */
static int counts(const char *path) {
    const char *under = getenv("FAULTS_UNDER");
    return under && path && !strncmp(path, under, strlen(under));
}

static const char *path_of(int dir, const char *path, char *room) {
    if (path[0] == '/') return path;
    char link[64];
    if (dir == AT_FDCWD) strcpy(link, "/proc/self/cwd");
    else snprintf(link, sizeof link, "/proc/self/fd/%d", dir);
    ssize_t n = readlink(link, room, PATH_MAX - 1);
    if (n < 0) return path;
    snprintf(room + n, PATH_MAX - (size_t)n, "/%s", path);
    return room;
}

static const char *path_of_fd(int fd, char *room) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, room, PATH_MAX - 1);
    if (n < 0) return "";
    room[n] = 0;
    return room;
}

enum need { NO_ROOM, ROOM };
enum fate { GOES, FAILS, TORN };

/* One call is about to be made: what becomes of it? */
static enum fate fate(const char *call, const char *path, enum need need) {
    if (!counts(path)) return GOES;
    say(call, path);
    long now = atomic_fetch_add(&calls, 1) + 1;
    const char *at = getenv("FAULTS_AT");
    const char *what = getenv("FAULTS_DO");
    int strikes = at && atol(at) == now;
    if (!what) return GOES;
    if (strikes && !strcmp(what, "kill")) die();
    if (strikes && !strcmp(what, "torn")) return TORN;
    if (strikes && !strcmp(what, "broken")) { errno = EIO; return FAILS; }
    if (strikes && !strcmp(what, "full")) atomic_store(&is_full, 1);
    if (atomic_load(&is_full) && need == ROOM) { errno = ENOSPC; return FAILS; }
    return GOES;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int opens(const char *name, int dir, const char *path, int flags, mode_t mode) {
    char room[PATH_MAX];
    int changes = flags & (O_CREAT | O_TRUNC);
    if (changes) {
        enum fate f = fate("open", path_of(dir, path, room), ROOM);
        if (f == TORN) die();
        if (f == FAILS) return -1;
    }
    (void)name;
    return (int)syscall(SYS_openat, dir, path, flags | O_LARGEFILE, mode);
}

#define MODE(flags) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { \
        va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); \
    }

int open(const char *path, int flags, ...) { MODE(flags) return opens("open", AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return opens("open", AT_FDCWD, path, flags, mode); }
int openat(int dir, const char *path, int flags, ...) { MODE(flags) return opens("open", dir, path, flags, mode); }
int openat64(int dir, const char *path, int flags, ...) { MODE(flags) return opens("open", dir, path, flags, mode); }

ssize_t write(int fd, const void *bytes, size_t n) {
    char room[PATH_MAX];
    if (fd == 1 || fd == 2) say("write", fd == 1 ? "standard output" : "standard error");
    else {
        enum fate f = fate("write", path_of_fd(fd, room), ROOM);
        if (f == TORN) { syscall(SYS_write, fd, bytes, n / 2); die(); }
        if (f == FAILS) return -1;
    }
    return syscall(SYS_write, fd, bytes, n);
}

ssize_t writev(int fd, const struct iovec *parts, int n) {
    char room[PATH_MAX];
    if (fd > 2) {
        enum fate f = fate("write", path_of_fd(fd, room), ROOM);
        if (f == TORN) { syscall(SYS_write, fd, parts[0].iov_base, parts[0].iov_len / 2); die(); }
        if (f == FAILS) return -1;
    }
    return syscall(SYS_writev, fd, parts, n);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at) {
    char room[PATH_MAX];
    enum fate f = fate("write", path_of_fd(fd, room), ROOM);
    if (f == TORN) { syscall(SYS_pwrite64, fd, bytes, n / 2, at); die(); }
    if (f == FAILS) return -1;
    return syscall(SYS_pwrite64, fd, bytes, n, at);
}

#define ON_FD(name, label, need, ...) { \
    char room[PATH_MAX]; \
    enum fate f = fate(label, path_of_fd(fd, room), need); \
    if (f == TORN) die(); \
    return f == FAILS ? -1 : REAL(name)(__VA_ARGS__); \
}
int fsync(int fd) ON_FD(fsync, "fsync", NO_ROOM, fd)
int fdatasync(int fd) ON_FD(fdatasync, "fsync", NO_ROOM, fd)
int ftruncate(int fd, off_t n) ON_FD(ftruncate, "truncate", NO_ROOM, fd, n)
int ftruncate64(int fd, off64_t n) ON_FD(ftruncate64, "truncate", NO_ROOM, fd, n)

#define ON_PATH(name, label, dir, path, need, ...) { \
    char room[PATH_MAX]; \
    enum fate f = fate(label, path_of(dir, path, room), need); \
    if (f == TORN) die(); \
    return f == FAILS ? -1 : REAL(name)(__VA_ARGS__); \
}
int unlink(const char *path) ON_PATH(unlink, "unlink", AT_FDCWD, path, NO_ROOM, path)
int unlinkat(int dir, const char *path, int flags) ON_PATH(unlinkat, "unlink", dir, path, NO_ROOM, dir, path, flags)
int rmdir(const char *path) ON_PATH(rmdir, "rmdir", AT_FDCWD, path, NO_ROOM, path)
int mkdir(const char *path, mode_t mode) ON_PATH(mkdir, "mkdir", AT_FDCWD, path, ROOM, path, mode)
int rename(const char *from, const char *path) ON_PATH(rename, "rename", AT_FDCWD, path, NO_ROOM, from, path)
int renameat(int a, const char *from, int b, const char *path) ON_PATH(renameat, "rename", b, path, NO_ROOM, a, from, b, path)


package handlers

import (
	"context"
	"net"
	"syscall"
	"time"
)

// onHangUp cancels when the client of a request that is being answered hangs up; stop ends the watch. It only
// looks: what the client may have sent on, the server will read as the next request.
func onHangUp(conn net.Conn, cancel context.CancelFunc) (stop func()) {
	raw, ok := conn.(syscall.Conn)
	if !ok {
		return func() {}
	}
	socket, err := raw.SyscallConn()
	if err != nil || conn.SetReadDeadline(time.Time{}) != nil {
		return func() {}
	}
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		var b [1]byte
		_ = socket.Read(func(fd uintptr) (done bool) { // again whenever there is something to read, until the deadline
			n, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
			if err == syscall.EAGAIN || err == syscall.EINTR {
				return false
			}
			if n <= 0 {
				cancel()
			}
			return true
		})
	}()
	return func() {
		_ = conn.SetReadDeadline(time.Unix(1, 0)) // ends the watch; the server sets its own for the next request
		<-watched
		_ = conn.SetReadDeadline(time.Time{})
	}
}

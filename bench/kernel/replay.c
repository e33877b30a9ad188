// SPDX-License-Identifier: Apache-2.0
/*
 * The floor: sends what a file holds to the kernel, one thread, nothing decoded.
 *
 * replay FILE            batches (u32 length, u32 answers, bytes): one send each, then receives until that many messages came
 * replay -d FILE         one dump request: receives until NLMSG_DONE
 *
 * Receives with recvmmsg, as many datagrams a call as are there, as nicsteer does.
 * Prints nanoseconds from the first send to the last answer, messages received, refusals among them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void option(int fd, int level, int name, int value)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)) < 0)
		die("setsockopt");
}

static int open_socket(void)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	if (fd < 0)
		die("socket");
	option(fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
	option(fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
	option(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
	option(fd, SOL_SOCKET, SO_SNDBUFFORCE, 4 << 20);
	option(fd, SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20);
	if (bind(fd, (struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		die("bind");
	return fd;
}

static void send_all(int fd, const void *bytes, size_t length)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	if (sendto(fd, bytes, length, 0, (struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		die("sendto");
}

static uint64_t messages, refusals;

/* Counts one datagram's messages; true when the dump is at its end. */
static int count(char *buffer, ssize_t length)
{
	int done = 0;

	for (struct nlmsghdr *n = (void *)buffer; NLMSG_OK(n, length); n = NLMSG_NEXT(n, length)) {
		messages++;
		if (n->nlmsg_type == NLMSG_ERROR && ((struct nlmsgerr *)NLMSG_DATA(n))->error)
			refusals++;
		done |= n->nlmsg_type == NLMSG_DONE;
	}
	return done;
}

#define DATAGRAMS 64
#define DATAGRAM (64 << 10)

static struct mmsghdr headers[DATAGRAMS];
static struct iovec spaces[DATAGRAMS];

static void prepare(void)
{
	char *buffer = malloc(DATAGRAMS * DATAGRAM);

	for (int i = 0; i < DATAGRAMS; i++) {
		spaces[i] = (struct iovec){ .iov_base = buffer + i * DATAGRAM, .iov_len = DATAGRAM };
		headers[i].msg_hdr = (struct msghdr){ .msg_iov = &spaces[i], .msg_iovlen = 1 };
	}
}

/* Takes what is there, at least one; true when the dump is at its end. */
static int receive(int fd)
{
	int received, done = 0;

	do
		received = recvmmsg(fd, headers, DATAGRAMS, MSG_TRUNC | MSG_WAITFORONE, NULL);
	while (received < 0 && errno == EINTR);
	if (received < 0)
		die("recvmmsg");
	for (int i = 0; i < received; i++)
		done |= count(spaces[i].iov_base, headers[i].msg_len);
	return done;
}

int main(int argc, char **argv)
{
	int dump = argc == 3 && !strcmp(argv[1], "-d");
	struct timespec from, to;
	struct stat status;
	int file, fd;
	char *bytes;

	if (argc != 2 && !dump) {
		fprintf(stderr, "usage: replay [-d] FILE\n");
		return 1;
	}
	file = open(argv[argc - 1], O_RDONLY);
	if (file < 0 || fstat(file, &status) < 0)
		die(argv[argc - 1]);
	bytes = mmap(NULL, status.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
	if (bytes == MAP_FAILED)
		die("mmap");
	fd = open_socket();
	prepare();

	clock_gettime(CLOCK_MONOTONIC, &from);
	if (dump) {
		send_all(fd, bytes, status.st_size);
		while (!receive(fd))
			;
	} else {
		for (off_t at = 0; at < status.st_size;) {
			uint32_t head[2];
			uint64_t wanted;

			memcpy(head, bytes + at, sizeof(head));
			send_all(fd, bytes + at + sizeof(head), head[0]);
			for (wanted = messages + head[1]; messages < wanted;)
				receive(fd);
			at += sizeof(head) + head[0];
		}
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	printf("%lld %llu %llu\n", (to.tv_sec - from.tv_sec) * 1000000000LL + to.tv_nsec - from.tv_nsec,
	       (unsigned long long)messages, (unsigned long long)refusals);
	return 0;
}

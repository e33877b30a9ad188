// SPDX-License-Identifier: GPL-2.0-only
/* Knobs and truths for tests: /sys/kernel/debug/simnic/objects, and a folder per PF. */
#include <linux/ctype.h>
#include <linux/debugfs.h>
#include <linux/rtnetlink.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>

#include "netdev.h"
#include "rule.h"

static struct dentry *root;
static char refuse_texts[SIMNIC_MAX_CARDS * SIMNIC_MAX_CARD_PFS][SIMNIC_REFUSE_TEXT];

/* The text of a refusal is read after the driver has returned: it must not go away with a PF. */
char *simnic_refuse_text(struct simnic_pf *pf)
{
	return refuse_texts[pf->number];
}

static ssize_t read_text(char __user *buf, size_t size, loff_t *pos, const char *text)
{
	return simple_read_from_buffer(buf, size, pos, text, strlen(text));
}

static int copy_line(const char __user *buf, size_t size, char *line, size_t room)
{
	if (size >= room)
		return -EINVAL;
	if (copy_from_user(line, buf, size))
		return -EFAULT;
	line[size] = 0;
	strim(line);
	return 0;
}

static ssize_t profile_read(struct file *file, char __user *buf, size_t size, loff_t *pos)
{
	struct simnic_pf *pf = file->private_data;
	char text[40];

	mutex_lock(&pf->lock);
	scnprintf(text, sizeof(text), "%s\n", pf->profile->name);
	mutex_unlock(&pf->lock);
	return read_text(buf, size, pos, text);
}

static ssize_t profile_write(struct file *file, const char __user *buf, size_t size, loff_t *pos)
{
	struct simnic_pf *pf = file->private_data;
	const struct simnic_profile *profile;
	char name[40];
	int err;

	err = copy_line(buf, size, name, sizeof(name));
	if (err)
		return err;
	profile = simnic_profile_find(name);
	if (!profile)
		return -EINVAL;
	mutex_lock(&pf->lock);
	if (pf->num_rules) {
		err = -EBUSY;
	} else {
		WRITE_ONCE(pf->profile, profile);
		pf->encap_mode = profile->encap ? DEVLINK_ESWITCH_ENCAP_MODE_BASIC : DEVLINK_ESWITCH_ENCAP_MODE_NONE;
		if (!profile->inline_settable)
			pf->inline_mode = DEVLINK_ESWITCH_INLINE_MODE_NONE;
	}
	mutex_unlock(&pf->lock);
	return err ?: size;
}

static ssize_t refuse_read(struct file *file, char __user *buf, size_t size, loff_t *pos)
{
	struct simnic_pf *pf = file->private_data;
	char text[SIMNIC_REFUSE_TEXT + 32];

	mutex_lock(&pf->lock);
	scnprintf(text, sizeof(text), "%d %d %s\n", pf->faults.refuse, pf->faults.refuse_errno, pf->faults.refuse_text);
	mutex_unlock(&pf->lock);
	return read_text(buf, size, pos, text);
}

static int parse_errno(const char *word)
{
	static const struct { const char *name; int value; } names[] = {
		{ "EOPNOTSUPP", EOPNOTSUPP }, { "EINVAL", EINVAL }, { "ENOSPC", ENOSPC }, { "EBUSY", EBUSY },
		{ "ENOMEM", ENOMEM }, { "EIO", EIO }, { "EREMOTEIO", EREMOTEIO }, { "ENETUNREACH", ENETUNREACH },
		{ "EEXIST", EEXIST }, { "ETIMEDOUT", ETIMEDOUT }, { "EAGAIN", EAGAIN },
	};
	int i, value;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(word, names[i].name))
			return names[i].value;
	return kstrtoint(word, 10, &value) || value <= 0 || value > MAX_ERRNO ? 0 : value;
}

/* N ERRNO [text…] */
static ssize_t refuse_write(struct file *file, const char __user *buf, size_t size, loff_t *pos)
{
	struct simnic_pf *pf = file->private_data;
	char line[SIMNIC_REFUSE_TEXT], *rest = line, *word;
	int err, count, value = EOPNOTSUPP;

	err = copy_line(buf, size, line, sizeof(line));
	if (err)
		return err;
	word = strsep(&rest, " ");
	if (kstrtoint(word, 10, &count) || count < 0)
		return -EINVAL;
	if (rest) {
		word = strsep(&rest, " ");
		value = parse_errno(word);
		if (!value)
			return -EINVAL;
	}
	mutex_lock(&pf->lock);
	pf->faults.refuse = count;
	pf->faults.refuse_errno = value;
	*pf->faults.refuse_text = 0;
	if (rest && *rest)
		snprintf(pf->faults.refuse_text, SIMNIC_REFUSE_TEXT, KBUILD_MODNAME ": %s", rest);
	mutex_unlock(&pf->lock);
	return size;
}

static ssize_t cable_read(struct file *file, char __user *buf, size_t size, loff_t *pos)
{
	struct simnic_pf *pf = file->private_data;

	return read_text(buf, size, pos, READ_ONCE(pf->faults.cable) ? "up\n" : "down\n");
}

static ssize_t cable_write(struct file *file, const char __user *buf, size_t size, loff_t *pos)
{
	struct simnic_pf *pf = file->private_data;
	char word[8];
	int err;

	err = copy_line(buf, size, word, sizeof(word));
	if (err)
		return err;
	if (strcmp(word, "up") && strcmp(word, "down"))
		return -EINVAL;
	rtnl_lock();
	WRITE_ONCE(pf->faults.cable, !strcmp(word, "up"));
	simnic_vport_update_link(&pf->uplink);
	rtnl_unlock();
	return size;
}

static ssize_t reset_write(struct file *file, const char __user *buf, size_t size, loff_t *pos)
{
	bool reset;
	int err;

	err = kstrtobool_from_user(buf, size, &reset);
	if (!err && reset)
		err = simnic_pf_reset(file->private_data);
	return err ?: size;
}

#define KNOB(name, reader, writer)				\
static const struct file_operations name##_fops = {		\
	.owner = THIS_MODULE,					\
	.open = simple_open,					\
	.read = reader,						\
	.write = writer,					\
}

KNOB(profile, profile_read, profile_write);
KNOB(refuse, refuse_read, refuse_write);
KNOB(cable, cable_read, cable_write);
KNOB(reset, NULL, reset_write);

static int rules_show(struct seq_file *seq, void *v)
{
	struct simnic_pf *pf = seq->private;
	struct simnic_rule *rule;
	int i;

	mutex_lock(&pf->lock);
	hash_for_each(pf->rules, i, rule, by_cookie)
		seq_printf(seq, "dev=%s chain=%u prio=%u state=%s packets=%lld bytes=%lld drops=%lld cookie=%lx\n",
			   rule->dev_name, rule->group->chain, rule->group->prio, rule->slow ? "slow" : "fast",
			   atomic64_read(&rule->hits.packets), atomic64_read(&rule->hits.bytes),
			   atomic64_read(&rule->drops), rule->cookie);
	mutex_unlock(&pf->lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(rules);

static int pending_show(struct seq_file *seq, void *v)
{
	seq_printf(seq, "%d\n", simnic_pf_pending(seq->private));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(pending);

static int objects_show(struct seq_file *seq, void *v)
{
	char text[160];

	simnic_objects_print(text, sizeof(text));
	seq_printf(seq, "%s\n", text);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(objects);

static int profiles_show(struct seq_file *seq, void *v)
{
	char text[200];

	simnic_profile_names(text, sizeof(text));
	seq_printf(seq, "%s\n", text);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(profiles);

void simnic_debugfs_add(struct simnic_pf *pf)
{
	struct dentry *dir = debugfs_create_dir(dev_name(&pf->pdev->dev), root);

	pf->debugfs = dir;
	debugfs_create_file("profile", 0600, dir, pf, &profile_fops);
	debugfs_create_file("refuse", 0600, dir, pf, &refuse_fops);
	debugfs_create_bool("carry", 0600, dir, &pf->faults.carry);
	debugfs_create_bool("table_full", 0600, dir, &pf->faults.table_full);
	debugfs_create_file("cable", 0600, dir, pf, &cable_fops);
	debugfs_create_file("reset", 0200, dir, pf, &reset_fops);
	debugfs_create_file("rules", 0400, dir, pf, &rules_fops);
	debugfs_create_file("pending", 0400, dir, pf, &pending_fops);
}

/* Waits for whoever is in one of its files: not under the devlink lock, which reset takes. */
void simnic_debugfs_remove(struct simnic_pf *pf)
{
	debugfs_remove_recursive(pf->debugfs);
}

void simnic_debugfs_init(void)
{
	root = debugfs_create_dir("simnic", NULL);
	debugfs_create_file("objects", 0400, root, NULL, &objects_fops);
	debugfs_create_file("profiles", 0400, root, NULL, &profiles_fops);
}

void simnic_debugfs_exit(void)
{
	debugfs_remove_recursive(root);
}

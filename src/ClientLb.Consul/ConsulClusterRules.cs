using ClientLb.Settings;

namespace ClientLb.Consul;

/// <summary>What one setting of a cluster alone does not show.</summary>
internal static class ConsulClusterRules
{
    public static void Check(string path, ConsulClusterOptions options, SettingErrors errors)
    {
        if (options.PreparedQuery is null)
        {
            Needs(nameof(options.PollInterval), options.PollInterval);
            Needs(nameof(options.Near), options.Near);
            return;
        }

        Excludes(nameof(options.Service), options.Service);
        Excludes(nameof(options.Namespace), options.Namespace);
        Excludes(nameof(options.Partition), options.Partition);
        Excludes(nameof(options.Tags), options.Tags.Count > 0 ? string.Join(',', options.Tags) : null);
        Excludes(nameof(options.Filter), options.Filter);

        void Needs(string key, object? value)
        {
            if (value is not null)
            {
                errors.Add($"{path}:{key}", value, "only beside a PreparedQuery; a service is watched and not polled");
            }
        }

        void Excludes(string key, object? value)
        {
            if (value is not null)
            {
                errors.Add($"{path}:{key}", value, "nothing beside a PreparedQuery, which says itself what is asked for");
            }
        }
    }
}

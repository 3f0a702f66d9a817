namespace ClientLb.Health.Checks;

/// <summary>How one check ended.</summary>
internal enum CheckMark : byte
{
    Passed,
    Degraded,
    Failed,

    /// <summary>It could not be made, for a reason that lies in this machine: no handles, no ports. It says nothing of the endpoint.</summary>
    Unclear,
}

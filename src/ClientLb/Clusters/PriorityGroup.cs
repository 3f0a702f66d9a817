namespace ClientLb.Clusters;

/// <summary>How many endpoints of one priority stand how.</summary>
internal sealed class PriorityGroup(int priority)
{
    private readonly int[] _counts = new int[(int)Standing.Closed];

    public int Priority => priority;

    /// <summary>The group of a priority in a list that is sorted by it; added where there is none.</summary>
    public static PriorityGroup In(List<PriorityGroup> groups, int priority)
    {
        var place = 0;
        while (place < groups.Count && groups[place].Priority < priority)
        {
            place++;
        }

        if (place == groups.Count || groups[place].Priority != priority)
        {
            groups.Insert(place, new PriorityGroup(priority));
        }

        return groups[place];
    }

    public void Add(Standing standing) => _counts[(int)standing]++;

    public int Count(Standing standing) => _counts[(int)standing];

    /// <summary>How many stand at most so badly.</summary>
    public int CountUpTo(Standing worst)
    {
        var count = 0;
        for (var standing = Standing.Healthy; standing <= worst; standing++)
        {
            count += Count(standing);
        }

        return count;
    }
}

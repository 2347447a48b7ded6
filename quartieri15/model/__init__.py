"""What a city is: plain, validated tables."""
